import { Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { operations } from '../../databases/operations';
import { databaseNameSchema, sizeClasses } from '../../databases/spec';
import { lifecycleStates } from '../../databases/states';
import { connectionOf } from '../../postgres/connection';
import { ownerLogin } from '../../postgres/logins';
import type { DatabaseRecord, InstanceRecord } from '../../store/records';
import { ownerSecret } from '../../store/secrets';
import { acceptRequestOf, answerOnce } from '../answer';
import { principalOf } from '../authenticate';
import { databaseOf, primaryOf } from '../database-of';
import type { ApiDependencies } from '../dependencies';
import { labelQuery, pageQuery, pageRequestOf } from '../query';
import { requestIdOf } from '../request-id';
import { bodyOf, validate } from '../validate';
import { databaseView } from '../views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(lifecycleStates).optional(),
  name: databaseNameSchema.optional(),
  label: labelQuery,
});

/** Databases: asked for, listed, read, connected to, taken away. */
export function databaseRoutes(dependencies: ApiDependencies): Router {
  const { store, catalogue } = dependencies;
  const router = Router();

  router.get('/sizes', (_request, response) => {
    response.json({
      items: Object.entries(sizeClasses).map(([name, size]) => ({ name, ...size })),
      nextPageToken: null,
    });
  });

  router.post('/databases', async (request, response) => {
    const input = validate(operations.create.input, bodyOf(request), 'body');
    refuseUnknownVersion(Object.keys(catalogue.images), input.version);
    const accept = acceptRequestOf(request);
    await answerOnce(dependencies, response, accept, { kind: 'create', databaseId: null, input }, () =>
      store.accept.create(accept, input),
    );
  });

  router.get('/databases', async (request, response) => {
    const { state, name, label: labels, ...page } = validate(listQuery, request.query, 'query');
    const { tenantId } = principalOf(request);
    const { items, nextPageToken } = await store.databases.list(tenantId, { state, name, labels }, pageRequestOf(page));
    const now = new Date();
    response.json({ items: items.map((database) => databaseView(database, now)), nextPageToken });
  });

  router.get('/databases/:id', async (request, response) => {
    response.json(databaseView(await databaseOf(store, request), new Date()));
  });

  router.get('/databases/:id/connection', async (request, response) => {
    const database = await databaseOf(store, request);
    const { hostAddress, hostPort, sidecars } = readyPrimaryOf(database);
    const pooler = database.spec.pooler.enabled ? sidecars.find(({ role }) => role === 'pooler') : undefined;
    const { actor, tenantId } = principalOf(request);
    // Before the password is read: an access that cannot be recorded does not happen.
    await store.databases.audit({
      tenantId,
      actor,
      action: 'database.connect',
      resource: { kind: 'database', id: database.id, name: database.name },
      outcome: 'succeeded',
      requestId: requestIdOf(request),
      operationId: null,
    });
    const password = await store.secrets.read(database.id, ownerSecret(database.spec.credentials));
    const login = { host: hostAddress, ...ownerLogin, password };
    response.set('Cache-Control', 'no-store').json({
      ...connectionOf({ ...login, port: hostPort }),
      pooledUrl: pooler === undefined ? null : connectionOf({ ...login, port: pooler.hostPort }).url,
    });
  });

  return router;
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
  throw new DatabaseError('state_conflict', `database ${id} was never ready: it is ${state}`, { currentState: state });
}
