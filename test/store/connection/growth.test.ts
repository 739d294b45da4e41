import { createCipher } from '../../../store/connection/cipher';
import { migrate } from '../../../store/connection/migrate';
import { createStore, type Store } from '../../../store/store';
import { newWebhook } from '../../support/channels';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import {
  accepted,
  ada,
  available,
  claimed,
  requestOf,
  secretKey,
  testHost,
  uniqueName,
} from '../../support/test-store';

// What is asked for all the time costs the same however much there is: a store with a long past is asked, and PostgreSQL
// says how many rows it looked at.

const databases = 3000;
const operationsEach = 10;

let database: TestDatabase;
let first: { readonly databaseId: string; readonly operationId: string };

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate({ databaseUrl: database.url, statementTimeoutMs: 60_000 });
  await withStore(async (store) => {
    // Its copies have the ports after these.
    await store.hosts.register(testHost('host-a', 20_000, 20_099));
    const made = await available(store);
    first = { databaseId: made.database.id, operationId: made.operation.id };
    await store.channels.create('default', newWebhook(), ada);
  });
  await multiply();
});
afterAll(async () => {
  await database?.drop();
});

async function withStore<T>(run: (store: Store) => Promise<T>): Promise<T> {
  const settings = { databaseUrl: database.url, poolMax: 2, connectTimeoutMs: 5_000 };
  const store = createStore(settings, createCipher(secretKey));
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

/** Many more of the one that there is, each a second older than the one before. */
async function multiply(): Promise<void> {
  const copies = (table: string, count: number, changes: string) =>
    query(
      database.url,
      `INSERT INTO ${table} SELECT copy.* FROM ${table} AS one, generate_series(1, ${count}) AS number,
         LATERAL jsonb_populate_record(one, jsonb_build_object(${changes})) AS copy`,
    );
  const id = `'id', 'copy' || number`;
  const databaseId = (each = 1) => `'database_id', 'copy' || (1 + (number - 1) / ${each})`;
  const age = `'created_at', one.created_at - number * interval '1 second'`;
  await copies('databases', databases, `${id}, 'name', 'copy' || number, ${age}`);
  await copies('instances', databases, `${id}, ${databaseId()}, 'host_port', 20099 + number, ${age}`);
  await copies('health_checks', databases, `${id}, ${databaseId()}, ${age}`);
  await copies('operations', databases * operationsEach, `${id}, ${databaseId(operationsEach)}, ${age}`);
  await query(
    database.url,
    `INSERT INTO steps (operation_id, tenant_id, plan_number, ordinal, phase, name, resource, host_id, state)
     SELECT id, tenant_id, 1, 1, 1, 'ensureNetwork', 'net', 'host-a', 'succeeded' FROM operations`,
  );
  await query(
    database.url,
    `INSERT INTO sidecars (instance_id, role, database_id, tenant_id, host_id, host_port, name)
     SELECT id, 'pooler', database_id, tenant_id, host_id, host_port + 10000, id FROM instances`,
  );
  await query(
    database.url,
    `INSERT INTO notification_deliveries (id, tenant_id, channel_id, type, state, created_at, updated_at)
     SELECT 'copy' || number, tenant_id, id, 'database.down', 'delivered', now(), now()
     FROM notification_channels, generate_series(1, ${databases * operationsEach}) AS number`,
  );
  await query(database.url, 'VACUUM ANALYZE');
}

/** How many rows were looked at, of all tables together, by a store of its own. */
async function rowsRead(run: (store: Store) => Promise<unknown>): Promise<number> {
  const before = await allRowsRead();
  await withStore(run);
  return (await allRowsRead()) - before;
}

/** Connections say what they have read when they end. */
async function allRowsRead(): Promise<number> {
  await eventually(async () => {
    const others = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
    expect(await query(database.url, others)).toEqual([]);
  });
  const [sum] = await query<{ rows: number }>(
    database.url,
    'SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 AS rows FROM pg_stat_user_tables',
  );
  return sum?.rows ?? Number.NaN;
}

async function endOperation(store: Store): Promise<void> {
  const change = {
    kind: 'describe',
    databaseId: first.databaseId,
    input: { description: uniqueName() },
    retryOf: null,
  } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), change));
  const { id: operationId } = await claimed(store, operation);
  await store.operations.finish({ operationId, outcome: 'succeeded', wayBack: 'not_taken', error: null });
}

/** What is asked by callers, and by every worker every few seconds; of a page, each row may have some that belong to it. */
const most = 200;
const page = { pageSize: 20, pageToken: null };

const reads: readonly { readonly what: string; readonly read: (store: Store) => Promise<unknown> }[] = [
  { what: 'a database', read: (store) => store.databases.get('default', first.databaseId) },
  { what: 'databases', read: (store) => store.databases.list('default', {}, page) },
  { what: 'a database by its name', read: (store) => store.databases.list('default', { name: 'copy7' }, page) },
  { what: 'instances', read: (store) => store.instances.list('default', {}, page) },
  { what: 'an operation', read: (store) => store.operations.get('default', first.operationId) },
  { what: 'its steps', read: (store) => store.steps.list('default', first.operationId) },
  { what: 'operations', read: (store) => store.operations.list('default', {}, page) },
  { what: 'operations of one', read: (store) => store.operations.list('default', { databaseId: 'copy7' }, page) },
  { what: 'operations under way', read: (store) => store.operations.list('default', { state: 'running' }, page) },
  { what: 'health checks', read: (store) => store.healthChecks.list('default', {}, page) },
  { what: 'the quota', read: (store) => store.quotas.get('default') },
  { what: 'whether operations have ended', read: (store) => store.operations.finishedAmong([first.operationId]) },
  { what: 'the ages of operations', read: (store) => store.counts.ages() },
  { what: 'the operations by kind and state', read: (store) => store.counts.operations() },
  { what: 'the durations of operations', read: (store) => store.counts.durations() },
  { what: 'pending operations', read: (store) => store.operations.relayPending(new Date(), 20, async () => undefined) },
  { what: 'claimed operations', read: (store) => store.operations.listClaimed() },
  { what: 'cancels to be sent again', read: (store) => store.operations.listCancelling(new Date()) },
  { what: 'operations without progress', read: (store) => store.operations.reportStuck(1000) },
  { what: 'ways back to be tried again', read: (store) => store.operations.listDueRecoveries() },
  { what: 'repairs under way', read: (store) => store.operations.countRepairs('host-a') },
  { what: 'notices in no message', read: (store) => store.outbox.gather() },
  { what: 'messages to forget', read: (store) => store.deliveries.prune() },
  { what: 'the sidecars of a database whose operation ends', read: endOperation },
];

test.each(reads)('it costs the same however much there is: $what (M60)', async ({ read }) => {
  expect(await rowsRead(read)).toBeLessThanOrEqual(most);
});

/** A page of a thousand ended operations, each compared with the newest of its database. */
const mostOfRetention = 1_000 * (1 + operationsEach) + most;

test.each<[what: string, read: (store: Store) => Promise<unknown>, rows: number]>([
  ['operations', (store) => store.retention.removeOperations(0, null), mostOfRetention],
  ['events of no operation', (store) => store.retention.removeEvents(365), most],
  ['the ends of logs', (store) => store.retention.removeLogTails(), most],
])('a pass of retention reads a batch, however much there is: %s (M60)', async (_what, read, rows) => {
  expect(await rowsRead(read)).toBeLessThanOrEqual(rows);
});

test.each(['databases', 'instances', 'operations'] as const)('so does a page far down the list: %s', async (list) => {
  const far = await withStore(async (store) => {
    let pageToken: string | null = null;
    for (let pages = 0; pages < 5; pages += 1) {
      ({ nextPageToken: pageToken } = await store[list].list('default', {}, { pageSize: 200, pageToken }));
    }
    return pageToken;
  });
  expect(far).not.toBeNull();
  expect(await rowsRead((store) => store[list].list('default', {}, { ...page, pageToken: far }))).toBeLessThanOrEqual(
    most,
  );
});
