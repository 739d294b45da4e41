import { type ZodObject, type ZodType, z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { type ErrorCode, errorTable } from '../../domain/errors';
import { mediaTypesOf } from '../http/media-types';
import type { Answer, Route } from '../http/route';
import { problemSchema } from '../http/schemas';
import { commonProblems, writeProblems } from '../operations/answers';

export type Document = ReturnType<typeof createDocument>;

const description = `A durable control plane for managed PostgreSQL databases on Docker hosts.

A change returns 202 and an operation. Follow the operation at its \`Location\`; \`?wait=30s\` waits for it to end. Every
error is a problem (RFC 9457) with a stable \`code\`.`;

/** The API document (OpenAPI 3.1), generated from the routes that are served. */
export function documentOf(routes: readonly Route[]): Document {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version: '1',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key.' } } },
    paths,
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { method, path, tag, summary, permission, params, query, body } = route;
  return {
    operationId: operationIdOf(method, path),
    tags: [tag],
    summary,
    description: `Requires the permission \`${permission}\`.`,
    requestParams: {
      ...(params === undefined ? {} : { path: params as ZodObject }),
      ...(query === undefined ? {} : { query: query as ZodObject }),
      ...(method === 'get' ? {} : { header: headers.write }),
      ...(isReadOfOne(method, path) ? { header: headers.read } : {}),
    },
    ...(body === undefined ? {} : { requestBody: { content: contentOf(method, body) } }),
    responses: responsesOf(route),
  };
}

function contentOf(method: string, schema: ZodType): Record<string, { schema: ZodType }> {
  return Object.fromEntries(mediaTypesOf(method).map((type) => [type, { schema }]));
}

/** Such as `post_databases_id_stop`: stable as long as method and path are. */
function operationIdOf(method: string, path: string): string {
  return [method, ...(path.match(/\w+/g) ?? []).filter((word) => word !== 'v1')].join('_').replaceAll('-', '_');
}

/** The optional request headers of every read of one resource, and of every change. */
const headers = {
  read: z.object({ 'If-None-Match': z.string().optional() }),
  write: z.object({ 'Idempotency-Key': z.string().max(255).optional(), 'If-Match': z.string().optional() }),
};

const unmodified = { description: 'Not modified: `If-None-Match` names the current version' };

function responsesOf({ method, path, answers, problems = [] }: Route): ZodOpenApiResponsesObject {
  const good = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)] as [string, object]);
  const codes = [...commonProblems, ...(method === 'get' ? [] : writeProblems), ...problems];
  if (isReadOfOne(method, path)) good.push(['304', unmodified]);
  return Object.fromEntries([...good, ...[...byStatus(codes)].map(([status, those]) => [status, refusal(those)])]);
}

function answerOf({ description, schema, contentType = 'application/json', events }: Answer): object {
  const content = {
    ...(schema === undefined ? {} : { [contentType]: { schema } }),
    ...(events === undefined ? {} : { 'text/event-stream': { schema: events } }),
  };
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

/** Whether this reads one resource: by its id, or a tenant's only quota. */
function isReadOfOne(method: string, path: string): boolean {
  return method === 'get' && /\/(:id|quota)$/.test(path);
}

function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const found = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errorTable[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}

function refusal(codes: readonly ErrorCode[]): { description: string; content: object } {
  const description = codes.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('; ');
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}
