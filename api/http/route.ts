import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { Permission } from '../../domain/access/permissions';
import { DatabaseError, type ErrorCode } from '../../domain/errors';
import { authorize, type Principal, principalOf } from './authenticate';
import { mediaTypesOf } from './media-types';
import { bodyOf, validate } from './validate';

/** Maximum size of a request body. */
const bodyLimit = '64kb';

/** An authorized request, with its parts as parsed by the route's schemas. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly principal: Principal;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly response: Response;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A successful response of a route. */
export interface Answer {
  readonly description: string;
  /** The schema of the body; omitted if there is no body. */
  readonly schema?: z.ZodType;
  /** Default: JSON. */
  readonly contentType?: string;
  /** The schema of each event, if the response can be a stream of server-sent events. */
  readonly events?: z.ZodType;
}

interface Definition<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: Method;
  /** In Express's form, such as `/v1/databases/:id`. */
  readonly path: string;
  /** The permission that a caller needs. */
  readonly permission: Permission;
  /** Its name in the audit, such as `database.create`. If omitted, as for reads, the name is the permission. */
  readonly action?: string;
  /** Whether a change is served while the store is held after a restore; by default it is refused. */
  readonly servedWhileHeld?: boolean;
  /** Its heading in the API document. */
  readonly tag: string;
  readonly summary: string;
  /** If one of these three is omitted, a request cannot have that part. */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Error codes of this route, besides those of every request (`commonProblems`). */
  readonly problems?: readonly ErrorCode[];
  readonly handle: (call: Call<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<void> | void;
}

/** One method of one path: its permission, the schemas of its request and its responses, and its handler. */
export type Route = Omit<Definition<z.ZodType, z.ZodType, z.ZodType>, 'handle'> & {
  readonly handle: (call: Call) => Promise<void> | void;
};

const nothing = z.strictObject({});

/** A row of the table of routes, with the types of its handler's call inferred from its schemas. */
export function route<
  Params extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
  Body extends z.ZodType = typeof nothing,
>(definition: Definition<Params, Query, Body>): Route {
  // Safe: a handler only gets what the schemas of the same row have parsed.
  return definition as unknown as Route;
}

/** Carries out a call that may be sent twice. `failed` receives an error that occurs after the handler has answered. */
export type Once = (call: Call, handle: () => Promise<void> | void, failed: (error: unknown) => void) => Promise<void>;

/**
 * Serves routes: authorizes the caller before the body is read, then validates path, query and body, in this order.
 * Another method on the path of a route is `method_not_allowed`.
 *
 * @param requireReleased called before a change; throws `store_held`
 */
export function serve(routes: readonly Route[], once: Once, requireReleased: () => Promise<void>): Router {
  const router = Router();
  for (const one of routes) {
    router[one.method](
      one.path,
      noteAsked(one),
      authorize(one.permission),
      ...(one.method === 'get' || one.servedWhileHeld === true ? [] : [after(requireReleased)]),
      ...(one.method === 'get' ? [] : [jsonOf(one.method)]),
      handlerOf(one, once),
    );
  }
  for (const [path, methods] of methodsByPath(routes)) router.all(path, refuseMethod(methods));
  return router;
}

function after(condition: () => Promise<void>): RequestHandler {
  return async (_request, _response, next) => {
    await condition();
    next();
  };
}

function jsonOf(method: Method): RequestHandler {
  return express.json({
    limit: bodyLimit,
    strict: false,
    reviver: refuseProto,
    type: [...mediaTypesOf(method)],
  });
}

/** The action that a request asks for, and its resource. */
export interface Asked {
  readonly action: string;
  /** The id in the path; empty if there is none. */
  readonly resourceId: string;
}

const asked = new WeakMap<Request, Asked>();

/** Null for a request that was refused before routing. */
export function askedOf(request: Request): Asked | null {
  return asked.get(request) ?? null;
}

function noteAsked({ action, permission }: Route): RequestHandler {
  return (request, _response, next) => {
    const { id = '' } = request.params as { readonly id?: string };
    asked.set(request, { action: action ?? permission.replace(':', '.'), resourceId: id });
    next();
  };
}

function handlerOf(one: Route, once: Once): RequestHandler {
  const { params = nothing, query = nothing, body = nothing, method, handle } = one;
  return async (request, response, next) => {
    const call: Call = {
      principal: principalOf(request),
      params: validate(params, request.params, 'path'),
      query: validate(query, request.query, 'query'),
      body: method === 'get' ? {} : validate(body, bodyOf(request), 'body'),
      request,
      response,
    };
    if (method === 'get') await handle(call);
    else await once(call, () => handle(call), next);
  };
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const { path, method } of routes) byPath.set(path, [...(byPath.get(path) ?? []), method.toUpperCase()]);
  return byPath;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    const message = `${request.path} does not support ${request.method}; it supports ${methods.join(', ')}`;
    throw new DatabaseError('method_not_allowed', message, { allowedMethods: methods });
  };
}

/** Refuses the key `__proto__`, which libraries silently drop, or let change a prototype. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key __proto__ is not allowed');
  return value;
}
