import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkError } from '../../../domain/health/check-errors';
import { createCipher } from '../../../store/connection/cipher';
import { createStore, type Store } from '../../../store/store';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';
import { requestOf, secretKey } from '../../support/test-store';

const folder = path.join(__dirname, '..', '..', '..', 'prisma', 'migrations');
const own = '20261128140000_disruption';
const migrations = readdirSync(folder, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .sort();

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  await apply(migrations.filter((name) => name < own));
  const settings = { databaseUrl: database.url, poolMax: 3, connectTimeoutMs: 5_000 };
  store = createStore(settings, createCipher(secretKey));
  await query(
    database.url,
    `INSERT INTO hosts (id, address, port_from, port_to, address_pool) VALUES ('host-a', '127.0.0.1', 20000, 29999, '10.213.0.0/16')`,
  );
  for (const id of ['counting', 'disturbed', 'failed', 'restarting', 'restarted']) await insertDatabase(id);
  await insertOperation('failed', 'repair', 'failed', 2);
  await insertOperation('failed', 'describe', 'succeeded', 3);
  await insertCheck('counting', 1);
  await insertOperation('disturbed', 'restart', 'succeeded', 2);
  await insertCheck('disturbed', 1);
  await insertOperation('restarting', 'restart', 'succeeded', 2);
  await insertStatus('restarting', 1);
  await insertOperation('restarted', 'restart', 'succeeded', 2);
  await insertStatus('restarted', 2);
  await apply(migrations.filter((name) => name >= own));
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

async function apply(names: readonly string[]): Promise<void> {
  for (const name of names) await query(database.url, readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'));
}

let ports = 20_000;

/** An available database of before, as its create left it. */
async function insertDatabase(id: string): Promise<void> {
  await query(
    database.url,
    `INSERT INTO databases (id, tenant_id, name, spec, state, created_at, updated_at)
     VALUES ($1, 'default', $1, '{"version": "17"}', 'available', now(), now())`,
    [id],
  );
  await query(
    database.url,
    `INSERT INTO instances
       (id, database_id, tenant_id, host_id, name, role, state, host_port, initialized_at, created_at, updated_at)
     VALUES ($1 || '-primary', $1, 'default', 'host-a', 'primary', 'primary', 'available', $2, now(), now(), now())`,
    [id, (ports += 1)],
  );
  await insertOperation(id, 'create', 'succeeded', 1);
}

/** An operation that has ended; a failed one left its database failed. */
async function insertOperation(databaseId: string, kind: string, state: string, generation: number): Promise<void> {
  const error = state === 'failed' ? { code: 'not_ready', message: 'the engine did not answer' } : null;
  await query(
    database.url,
    `INSERT INTO operations (id, tenant_id, database_id, database_name, kind, input, state, error, generation, former_state,
       requested_by, request_id, created_at, started_at, ended_at)
     VALUES ($1, 'default', $2, $2, $3, '{}', $4, $5, $6, 'available', 'ada', 'r', now(), now(), now())`,
    [`${databaseId}-${generation}`, databaseId, kind, state, error, generation],
  );
  await query(
    database.url,
    `UPDATE databases SET generation = $2, error = coalesce($3, error),
       state = CASE WHEN $3::jsonb IS NULL THEN state ELSE 'failed' END WHERE id = $1`,
    [databaseId, generation, error],
  );
}

/** A check that has counted two failures in this generation, and is due. */
async function insertCheck(databaseId: string, generation: number): Promise<void> {
  await query(
    database.url,
    `INSERT INTO health_checks (id, tenant_id, database_id, interval_seconds, timeout_seconds, failure_threshold,
       success_threshold, generation, failures)
     VALUES ($1, 'default', $1, 60, 5, 3, 1, $2, 2)`,
    [databaseId, generation],
  );
}

/** A container that was seen in this generation, started at second 1. */
async function insertStatus(databaseId: string, generation: number): Promise<void> {
  await query(
    database.url,
    `INSERT INTO observed_statuses
       (instance_id, tenant_id, state, interval_seconds, observed_at, container_state, started_at, generation)
     VALUES ($1 || '-primary', 'default', 'healthy', 15, now(), 'running', to_timestamp(1), $2)`,
    [databaseId, generation],
  );
}

test('D02 a count of failures continues over the upgrade, unless an operation had ended it', async () => {
  const runs = await store.monitoring.claim('host-a', 10);
  expect(runs.map(({ databaseId }) => databaseId).sort()).toEqual(['counting', 'disturbed']);
  const failure = { error: checkError('connection_refused', 'nobody is there'), latencyMs: 1 };
  for (const run of runs) {
    const isDown = run.databaseId === 'counting';
    expect(await store.monitoring.record(run, failure)).toBe(isDown ? 'down' : null);
  }
});

test('D02 a repair that failed before the upgrade can still be retried', async () => {
  const repair = await store.operations.load('failed-2');
  const { operation } = await store.operations.retry(requestOf(), repair);
  expect(operation).toMatchObject({
    kind: 'recover',
    retryOf: repair.id,
    state: 'pending',
    generation: 4,
    disruption: 2,
  });
});

test('D02 a start that was requested before the upgrade and is first seen after it is no restart; another is', async () => {
  const restarts = async (databaseId: string) => {
    const seen = { state: 'healthy', detail: null, containerState: 'running', exitCode: null } as const;
    await store.observations.observe(
      [
        {
          ...seen,
          instanceId: `${databaseId}-primary`,
          disruption: 1,
          intervalSeconds: 15,
          oomKilled: false,
          oomKilledAt: null,
          startedAt: new Date(2_000),
          pendingRestart: [],
        },
      ],
      0,
    );
    return (await store.databases.find(databaseId))?.instances[0]?.status?.restarts;
  };
  expect(await restarts('restarting')).toBe(0);
  expect(await restarts('restarted')).toBe(1);
});
