import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { Permission } from '../../domain/access/permissions';
import { DatabaseError, type ErrorCode } from '../../domain/errors';
import { authorize, type Principal, principalOf } from './authenticate';
import { mediaTypesOf } from './media-types';
import { bodyOf, validate } from './validate';

/** The most that a request's body may have. */
const bodyLimit = '64kb';

/** A request that was let in, with its parts as the route's schemas make them. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly principal: Principal;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly response: Response;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a route answers when all is well. */
export interface Answer {
  readonly description: string;
  /** Of the body; there is none where it is missing. */
  readonly schema?: z.ZodType;
  /** JSON where it is missing. */
  readonly contentType?: string;
  /** Of each event, where it is or may be a stream of server-sent events. */
  readonly events?: z.ZodType;
}

interface Definition<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: Method;
  /** As Express has it, such as `/v1/databases/:id`. */
  readonly path: string;
  /** Without it nobody is let in. */
  readonly permission: Permission;
  /** What the audit calls it, such as `database.create`; of what only reads, the permission says enough. */
  readonly action?: string;
  /** The heading under which the API document has it. */
  readonly tag: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What is missing here, a request may not have. */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** What it may be refused for, beside what may happen to any request (`commonProblems`). */
  readonly problems?: readonly ErrorCode[];
  readonly handle: (call: Call<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<void> | void;
}

/** One method of one path: who may, what a request may say, and what is done. */
export type Route = Omit<Definition<z.ZodType, z.ZodType, z.ZodType>, 'handle'> & {
  readonly handle: (call: Call) => Promise<void> | void;
};

const nothing = z.strictObject({});

/** A row of the table of routes; the handler gets what the schemas make. */
export function route<
  Params extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
  Body extends z.ZodType = typeof nothing,
>(definition: Definition<Params, Query, Body>): Route {
  // The schemas of this row make what its handler takes.
  return definition as unknown as Route;
}

/** How a call is carried out that may be sent twice. `failed` is told of what goes wrong once the handler has answered. */
export type Once = (call: Call, handle: () => Promise<void> | void, failed: (error: unknown) => void) => Promise<void>;

/**
 * Serves routes: lets a caller in or not before anything of the request is read, then checks path, query and body, in
 * this order. A path of theirs that is asked with another method is `method_not_allowed`.
 */
export function serve(routes: readonly Route[], once: Once): Router {
  const router = Router();
  for (const one of routes) {
    router[one.method](
      one.path,
      noteAsked(one),
      authorize(one.permission),
      ...(one.method === 'get' ? [] : [jsonOf(one.method)]),
      handlerOf(one, once),
    );
  }
  for (const [path, methods] of methodsByPath(routes)) router.all(path, refuseMethod(methods));
  return router;
}

function jsonOf(method: Method): RequestHandler {
  return express.json({
    limit: bodyLimit,
    strict: false,
    reviver: refuseProto,
    type: [...mediaTypesOf(method)],
  });
}

/** What a request was found to ask for. */
export interface Asked {
  readonly action: string;
  /** What its path names; empty where that is nothing. */
  readonly resourceId: string;
}

const asked = new WeakMap<Request, Asked>();

/** Null for a request that was refused before its route was looked for. */
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

/** A key that libraries drop in silence, or worse. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key __proto__ is not allowed');
  return value;
}
