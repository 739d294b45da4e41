import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { operations } from '../../domain/operations/operations';
import { databaseNameSchema, sizeClasses } from '../../domain/spec';
import { shownStates } from '../../domain/states';
import { connectionOf } from '../../postgres/connection';
import { ownerLogin } from '../../postgres/logins';
import { type DatabaseRecord, databaseVersion, type InstanceRecord } from '../../store/databases/records';
import { ownerSecret } from '../../store/databases/secrets';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { neverStored } from '../http/caching';
import { sendResource } from '../http/etag';
import { idParams, labelQuery, pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { acceptAndAnswer, acceptRequestOf } from '../operations/accepted';
import { accepted, roomProblems } from '../operations/answers';
import { databaseOf, primaryOf } from './database-of';
import { connectionSchema, databaseSchema, namedSizeSchema } from './schemas';
import { databaseView } from './views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(shownStates).optional(),
  name: databaseNameSchema.optional(),
  label: labelQuery,
});

const tag = 'databases';

/** Creates, lists and reads databases, and returns their connection details. */
export function databaseRoutes(dependencies: ApiDependencies): Route[] {
  const { store, catalogue } = dependencies;
  return [
    route({
      method: 'get',
      path: '/v1/sizes',
      permission: 'database:read',
      tag,
      summary: 'List named sizes',
      answers: { 200: { description: 'The sizes', schema: pageSchemaOf(namedSizeSchema) } },
      handle({ response }) {
        const items = Object.entries(sizeClasses).map(([name, size]) => ({ name, ...size }));
        response.json({ items, nextPageToken: null });
      },
    }),

    route({
      method: 'post',
      path: '/v1/databases',
      permission: operations.create.permission,
      action: 'database.create',
      tag,
      summary: operations.create.summary,
      answers: { 202: accepted },
      problems: ['name_in_use', ...roomProblems],
      body: operations.create.input,
      async handle({ body: input, request, response }) {
        refuseUnknownVersion(Object.keys(catalogue.images), input.version);
        const accept = acceptRequestOf(request, dependencies);
        await acceptAndAnswer(dependencies, response, 'create', () => store.operations.create(accept, input));
      },
    }),

    route({
      method: 'get',
      path: '/v1/databases',
      permission: 'database:read',
      tag,
      summary: 'List databases',
      answers: { 200: { description: 'A page of databases, newest first', schema: pageSchemaOf(databaseSchema) } },
      query: listQuery,
      async handle({ principal: { tenantId }, query: { state, name, label: labels, ...page }, response }) {
        const filter = { state, name, labels };
        const { items, nextPageToken } = await store.databases.list(tenantId, filter, pageRequestOf(page));
        response.json({ items: items.map((database) => databaseView(database, catalogue)), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/databases/:id',
      permission: 'database:read',
      tag,
      summary: 'Read a database',
      answers: { 200: { description: 'The database', schema: databaseSchema } },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal, params, request, response }) {
        const database = await databaseOf(store, principal, params.id);
        sendResource(request, response, databaseVersion(database), databaseView(database, catalogue));
      },
    }),

    route({
      method: 'get',
      path: '/v1/databases/:id/connection',
      permission: 'database:connect',
      action: 'database.connect',
      tag,
      summary: "Read a database's connection details, including its owner's password",
      answers: { 200: { description: 'The connection details', schema: connectionSchema } },
      problems: ['not_found', 'state_conflict', 'secret_unreadable'],
      params: idParams,
      async handle({ principal, params, request, response }) {
        const database = await databaseOf(store, principal, params.id);
        const { address: host, hostPort: port, sidecars } = readyPrimaryOf(database);
        const pooler = database.spec.pooler.enabled ? sidecars.find(({ role }) => role === 'pooler') : undefined;
        const { tenantId } = principal;
        // Audited before the password is read: an access that cannot be recorded must not happen.
        await store.audit.write({
          ...authorOf(request),
          tenantId,
          action: 'database.connect',
          resource: { id: database.id, name: database.name },
          outcome: 'succeeded',
          operationId: null,
        });
        const password = await store.secrets.readFor(tenantId, database.id, ownerSecret(database.spec.credentials));
        const login = { ...ownerLogin, password };
        const pooled = pooler && connectionOf({ ...login, host: pooler.address, port: pooler.hostPort });
        response
          .set('Cache-Control', neverStored)
          .json({ ...connectionOf({ ...login, host, port }), pooledUrl: pooled?.url ?? null });
      },
    }),
  ];
}

function refuseUnknownVersion(versions: readonly string[], version: string): void {
  if (versions.includes(version)) return;
  const expected = `one of ${versions.join(', ')}`;
  throw new DatabaseError('invalid_request', `version: expected ${expected}`, {
    errors: [{ field: 'version', expected, received: version }],
  });
}

function readyPrimaryOf(database: DatabaseRecord): InstanceRecord {
  const primary = primaryOf(database);
  if (primary.initializedAt !== null) return primary;
  const { id, state } = database;
  throw new DatabaseError('state_conflict', `database ${id} is ${state} and was never ready`, { currentState: state });
}
