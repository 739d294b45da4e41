import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { operations, powerKinds } from '../../databases/operations';
import { databaseNameSchema, sizeClasses } from '../../databases/spec';
import { lifecycleStates } from '../../databases/states';
import { connectionOf } from '../../postgres/connection';
import { ownerLogin } from '../../postgres/logins';
import type { DatabaseRecord, InstanceRecord } from '../../store/records';
import { acceptRequestOf, answerOnce } from '../answer';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { labelQuery, pageQuery, pageRequestOf } from '../query';
import { requestIdOf } from '../request-id';
import { bodyOf, idOf, validate } from '../validate';
import { databaseView } from '../views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(lifecycleStates).optional(),
  name: databaseNameSchema.optional(),
  label: labelQuery,
});

const logsQuery = z.strictObject({
  tail: z
    .string()
    .regex(/^[0-9]{1,4}$/, 'expected a whole number from 1 to 1000')
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .default(100),
});

/** Databases: asked for, listed, read, connected to, taken away. */
export function databaseRoutes(dependencies: ApiDependencies): Router {
  const { store, versions, hostAgent } = dependencies;
  const router = Router();

  router.get('/sizes', (_request, response) => {
    response.json({
      items: Object.entries(sizeClasses).map(([name, size]) => ({ name, ...size })),
      nextPageToken: null,
    });
  });

  router.post('/databases', async (request, response) => {
    const input = validate(operations.create.input, bodyOf(request), 'body');
    refuseUnknownVersion(versions, input.version);
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
    response.json(databaseView(await databaseOf(request), new Date()));
  });

  router.get('/databases/:id/connection', async (request, response) => {
    const database = await databaseOf(request);
    const { hostAddress, hostPort } = readyPrimaryOf(database);
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
    const password = await store.secrets.read(database.id, 'owner');
    response
      .set('Cache-Control', 'no-store')
      .json(connectionOf({ host: hostAddress, port: hostPort, ...ownerLogin, password }));
  });

  router.get('/databases/:id/logs', async (request, response) => {
    const { tail } = validate(logsQuery, request.query, 'query');
    const database = await databaseOf(request);
    const { hostId, name } = primaryOf(database);
    const lines = await hostAgent.logs({
      hostId,
      tenantId: database.tenantId,
      databaseId: database.id,
      instanceName: name,
      tail,
    });
    response.json({ items: lines, nextPageToken: null });
  });

  router.delete('/databases/:id', change('delete'));
  for (const kind of powerKinds) router.post(`/databases/:id/${kind}`, change(kind));

  /** Asks for an operation on a database that exists. */
  function change(kind: 'delete' | (typeof powerKinds)[number]): RequestHandler {
    return async (request, response) => {
      const accept = acceptRequestOf(request);
      const databaseId = idOf(request);
      const asked = { kind, databaseId, input: validate(operations[kind].input, bodyOf(request), 'body') };
      await answerOnce(dependencies, response, accept, asked, () =>
        store.accept.change(accept, { ...asked, retryOf: null }),
      );
    };
  }

  /** Throws the same `not_found` for an unknown id and for another tenant's. */
  async function databaseOf(request: Request): Promise<DatabaseRecord> {
    const id = idOf(request);
    const database = await store.databases.get(principalOf(request).tenantId, id);
    if (database === null) throw new DatabaseError('not_found', `there is no database ${id}`);
    return database;
  }

  return router;
}

function refuseUnknownVersion(versions: readonly string[], version: string): void {
  if (versions.includes(version)) return;
  const expected = `one of ${versions.join(', ')}`;
  throw new DatabaseError('invalid_request', `version: expected ${expected}`, {
    errors: [{ field: 'version', expected, received: version }],
  });
}

/** Its log says why a create hangs, so it need not be ready. */
function primaryOf({ id, state, instances }: DatabaseRecord): InstanceRecord {
  const primary = instances.find(({ role }) => role === 'primary');
  if (primary !== undefined) return primary;
  throw new DatabaseError('state_conflict', `database ${id} has no instance: it is ${state}`, { currentState: state });
}

function readyPrimaryOf(database: DatabaseRecord): InstanceRecord {
  const primary = primaryOf(database);
  if (primary.initializedAt !== null) return primary;
  const { id, state } = database;
  throw new DatabaseError('state_conflict', `database ${id} was never ready: it is ${state}`, { currentState: state });
}
