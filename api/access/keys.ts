import type { Request } from 'express';
import { z } from 'zod';
import { defaultOverlapSeconds, type Grant, maxOverlapSeconds, mayGrant, roleSchema } from '../../domain/access/keys';
import { DatabaseError } from '../../domain/errors';
import { shortNameSchema, tenantIdSchema } from '../../domain/ids';
import { type KeyScope, keyVersion, type Maker, type NewKey } from '../../store/access/keys';
import type { ApiDependencies } from '../dependencies';
import type { Principal } from '../http/authenticate';
import { authorOf } from '../http/author';
import { neverStored } from '../http/caching';
import { ifMatchOf, sendResource } from '../http/etag';
import { idParams, pageQuery, pageRequestOf } from '../http/query';
import { type Call, type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { keySchema, newKeySchema } from './schemas';
import { keyView } from './views';

const timeSchema = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2027-01-01T00:00:00Z' })
  .transform((text) => new Date(text));

const createBody = z.strictObject({
  name: shortNameSchema,
  role: roleSchema,
  /** Null for an installation key; omitted means the caller's tenant. */
  tenantId: tenantIdSchema.nullable().optional(),
  /** Null for a key that does not expire; omitted means the expiry of the caller's key. */
  expiresAt: timeSchema.nullable().optional(),
});

const rotateBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(maxOverlapSeconds).default(defaultOverlapSeconds),
});

const tag = 'keys';

/** API keys. A tenant's administrators manage their tenant's keys; the installation's manage all. */
export function keyRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/keys',
      permission: 'key:create',
      action: 'key.create',
      tag,
      summary: 'Create a key',
      answers: { 201: { description: 'The key with its secret, which is shown only once', schema: newKeySchema } },
      problems: ['not_found'],
      body: createBody,
      async handle({ principal, body: { name, role, ...asked }, request, response }) {
        const { tenantId = principal.tenantId, expiresAt = principal.grant.expiresAt } = asked;
        requireFuture(expiresAt);
        const grant = { role, tenantId, expiresAt };
        const made = await store.keys.create(scopeOf(principal), makerOf(principal, request), grant, name);
        answerNew(response, made);
      },
    }),

    route({
      method: 'get',
      path: '/v1/keys',
      permission: 'key:read',
      tag,
      summary: 'List keys',
      answers: { 200: { description: 'A page of keys, newest first', schema: pageSchemaOf(keySchema) } },
      query: z.strictObject(pageQuery),
      async handle({ principal, query, response }) {
        const { items, nextPageToken } = await store.keys.list(scopeOf(principal), pageRequestOf(query));
        response.json({ items: items.map(keyView), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/keys/:id',
      permission: 'key:read',
      tag,
      summary: 'Read a key, without its secret',
      answers: { 200: { description: 'The key', schema: keySchema } },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal, params: { id }, request, response }) {
        const key = await store.keys.get(scopeOf(principal), id);
        if (key === null) throw new DatabaseError('not_found', `key ${id} not found`);
        sendResource(request, response, keyVersion(key), keyView(key));
      },
    }),

    route({
      method: 'post',
      path: '/v1/keys/:id/rotate',
      permission: 'key:create',
      action: 'key.rotate',
      tag,
      summary: 'Rotate a key: create its replacement',
      answers: {
        201: { description: 'The replacement with its secret, which is shown only once', schema: newKeySchema },
      },
      problems: ['not_found', 'state_conflict'],
      params: idParams,
      body: rotateBody,
      async handle({ principal, params: { id }, body: { overlapSeconds }, request, response }) {
        const maker = makerOf(principal, request);
        answerNew(response, await store.keys.rotate(scopeOf(principal), maker, id, overlapSeconds, ifMatchOf(request)));
      },
    }),

    route({
      method: 'delete',
      path: '/v1/keys/:id',
      permission: 'key:delete',
      action: 'key.delete',
      tag,
      summary: 'Revoke a key',
      answers: { 204: { description: 'The key is revoked' } },
      problems: ['not_found', 'last_admin_key'],
      params: idParams,
      async handle({ principal, params: { id }, request, response }) {
        await store.keys.revoke(scopeOf(principal), id, ifMatchOf(request), authorOf(request));
        response.status(204).end();
      },
    }),
  ];
}

function scopeOf({ belongsTo, tenantId }: Principal): KeyScope {
  return belongsTo === 'installation' ? null : tenantId;
}

function makerOf({ grant }: Principal, request: Request): Maker {
  return {
    ...authorOf(request),
    requireGrantable(granted: Grant) {
      if (mayGrant(grant, granted)) return;
      throw new DatabaseError(
        'forbidden',
        'a key cannot grant more than the key that creates it: role, tenant and expiry',
      );
    },
  };
}

function requireFuture(expiresAt: Date | null): void {
  if (expiresAt === null || expiresAt > new Date()) return;
  const [field, expected] = ['expiresAt', 'a time in the future'];
  throw new DatabaseError('invalid_request', `${field}: expected ${expected}`, {
    errors: [{ field, expected, received: expiresAt.toISOString() }],
  });
}

/** Sends the only kind of response that contains the key itself. */
function answerNew(response: Call['response'], { key, ...record }: NewKey): void {
  response
    .status(201)
    .set({ Location: `/v1/keys/${record.id}`, 'Cache-Control': neverStored })
    .json({ ...keyView(record), key });
}
