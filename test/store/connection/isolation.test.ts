import { randomBytes } from 'node:crypto';
import { createCipher } from '../../../store/connection/cipher';
import { createClient, type StoreClient } from '../../../store/connection/client';
import type { Executor, PrismaClient } from '../../../store/connection/executor';
import { migrate } from '../../../store/connection/migrate';
import { createTenantScope, type TenantScope } from '../../../store/connection/tenant-scope';
import { createStore } from '../../../store/store';
import { newWebhook } from '../../support/channels';
import { createTestDatabase, query, serverUrl } from '../../support/database';
import { watchStatements } from '../../support/statements';
import {
  ada,
  aims,
  available,
  claimed,
  inputOf,
  openTestStore,
  placementOf,
  requestOf,
  secretKey,
  smallPlan,
  type TestStore,
  uniqueName,
} from '../../support/test-store';

// Two tenants have one of everything. The first wall, the tenant in every query, is left out here on purpose: what is
// asked below names no tenant.

let bench: TestStore;
let store: TestStore['store'];
let client: StoreClient;
let prisma: PrismaClient;
let asTenant: TenantScope;
let mine: string;
let other: string;
let things: Readonly<Record<'mine' | 'other', { readonly databaseId: string; readonly operationId: string }>>;

beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
  // One connection: what a transaction leaves on it, the next one would have.
  client = createClient({ databaseUrl: bench.database.url, poolMax: 1, connectTimeoutMs: 5_000 });
  ({ prisma } = client);
  asTenant = createTenantScope(prisma);
  mine = (await store.tenants.create(uniqueName(), ada)).id;
  other = (await store.tenants.create(uniqueName(), ada)).id;
  things = { mine: await haveEverything(mine), other: await haveEverything(other) };
});
afterAll(async () => {
  await client?.close();
  await bench?.close();
});

const maker = { actor: 'ada', requireGrantable: () => undefined };

async function haveEverything(tenantId: string): Promise<{ databaseId: string; operationId: string }> {
  const { operation: accepted, database } = await store.operations.create(requestOf({ tenantId }), inputOf());
  const operation = await claimed(store, accepted);
  await store.operations.recordPlan(operation, smallPlan, aims.requested);
  const placement = placementOf(database.id);
  await store.operations.markInstances({ ...operation, planNumber: 1 }, 'creating', [placement]);
  await store.secrets.ensure(tenantId, database.id, 'owner', () => 'hunter2');
  await store.sidecars.address({ instanceId: placement.instanceId, role: 'pooler' }, `pooler-${database.id}`);
  const statement = `INSERT INTO observed_statuses (instance_id, tenant_id, state, interval_seconds, observed_at)
    VALUES ($1, $2, 'healthy', 15, now())`;
  await bench.rows(statement, [placement.instanceId, tenantId]);
  await bench.rows(
    `INSERT INTO orphans (id, tenant_id, host_id, database_id, kind, name, created_at, last_seen_at)
     VALUES ($1, $1, 'host-a', 'none', 'volume', $1, now(), now())`,
    [tenantId],
  );
  await bench.rows(
    `INSERT INTO health_results (check_id, tenant_id, checked_at, latency_ms)
     SELECT id, tenant_id, now(), 1 FROM health_checks WHERE database_id = $1`,
    [database.id],
  );
  await bench.rows(
    `INSERT INTO owed (database_id, tenant_id, operation_id, cause, error, since) VALUES ($1, $2, $3, 'repair', '{}', now())`,
    [database.id, tenantId, operation.id],
  );
  const { id: channelId } = await store.channels.create(tenantId, newWebhook(), ada);
  await bench.rows(
    `INSERT INTO notification_deliveries (id, tenant_id, channel_id, type, created_at, updated_at)
     VALUES ($1, $2, $1, 'database.down', now(), now())`,
    [channelId, tenantId],
  );
  await bench.rows(
    `INSERT INTO notification_notices (tenant_id, channel_id, type, data, at)
     VALUES ($1, $2, 'database.down', '{}', now())`,
    [tenantId, channelId],
  );
  await store.keys.create(null, maker, { role: 'admin', tenantId, expiresAt: null }, 'ada');
  await store.requests.claim(tenantId, uniqueName(), 'what was asked');
  return { databaseId: database.id, operationId: operation.id };
}

/** Every table that says of a row whose it is. */
const tenantTables = () =>
  bench.rows<{ name: string; protected: boolean; policies: string[] }>(
    `SELECT relname AS name, relrowsecurity AS protected, ARRAY(
        SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = pg_class.oid
          AND polroles = ARRAY['slipway_tenant'::regrole::oid] AND polcmd = '*') AS policies
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id'
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`,
  );

test('every table with a tenant has the policy (A03)', async () => {
  const tables = await tenantTables();
  expect(tables.length).toBeGreaterThanOrEqual(11);
  const policies = ["(tenant_id = current_setting('slipway.tenant_id'::text, true))"];
  expect(tables).toEqual(tables.map(({ name }) => ({ name, protected: true, policies })));
});

test('the wall is one for the store’s user only by switching: the role cannot log in, and owns nothing', async () => {
  const [role] = await bench.rows(
    `SELECT rolcanlogin, rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns FROM pg_roles WHERE rolname = 'slipway_tenant'`,
  );
  expect(role).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false, owns: false });
});

test('with the first wall gone, a question without a tenant finds the tenant’s own rows alone, in every table (A03)', async () => {
  for (const { name } of await tenantTables()) {
    const owners = (tx: Executor) =>
      tx.$queryRawUnsafe<{ owner: string }[]>(`SELECT DISTINCT tenant_id AS owner FROM ${name} ORDER BY 1`);
    const all = (await owners(prisma)).map(({ owner }) => owner);
    expect({ name, all }).toEqual({ name, all: expect.arrayContaining([mine, other]) });
    expect({ name, seen: await asTenant(mine, owners) }).toEqual({ name, seen: [{ owner: mine }] });
    expect({ name, seen: await asTenant('', owners) }).toEqual({ name, seen: [] });
  }
});

test('with the first wall gone, nothing of another tenant can be written (A03)', async () => {
  const { databaseId } = things.other;
  const data = { description: 'mallory was here' };
  expect(await asTenant(mine, (tx) => tx.database.updateMany({ data }))).toEqual({ count: 1 });
  const at = new Date();
  const event = { tenantId: other, databaseId, type: 'forged', data: {}, at };
  await expect(asTenant(mine, (tx) => tx.event.create({ data: event }))).rejects.toThrow(/row-level security/);
  const moved = { tenantId: other };
  await expect(asTenant(mine, (tx) => tx.database.updateMany({ data: moved }))).rejects.toThrow(/row-level security/);
  const [row] = await bench.rows('SELECT description FROM databases WHERE id = $1', [databaseId]);
  expect(row).toEqual({ description: '' });
});

test('a tenant reaches no table that is none of its own', async () => {
  const reach = (table: string) => asTenant(mine, (tx) => tx.$queryRawUnsafe(`SELECT 1 FROM ${table}`));
  for (const table of ['tenants', 'reconcilers', 'installations', '_prisma_migrations']) {
    await expect(reach(table)).rejects.toThrow(/permission denied/);
  }
  const steps = asTenant(mine, (tx) => tx.step.updateMany({ data: { attempts: 7 } }));
  await expect(steps).rejects.toThrow(/permission denied/);
});

test('on the same connection the next transaction has neither role nor tenant, nor after a failure', async () => {
  const who = (tx: Executor) =>
    tx.$queryRaw<
      unknown[]
    >`SELECT current_user <> session_user AS switched, current_setting('slipway.tenant_id', true) AS tenant`;
  expect(await asTenant(mine, who)).toEqual([{ switched: true, tenant: mine }]);
  expect(await who(prisma)).toEqual([{ switched: false, tenant: '' }]);
  await expect(asTenant(mine, (tx) => tx.$queryRaw`SELECT 1/0`)).rejects.toThrow(/division by zero/);
  expect(await who(prisma)).toEqual([{ switched: false, tenant: '' }]);
});

describe('what the API reads and accepts for a tenant passes the second wall', () => {
  const page = { pageSize: 50, pageToken: null };
  const found = (items: readonly unknown[]) => items.length;
  const reads: Readonly<Record<string, () => Promise<unknown>>> = {
    'databases.get': () => store.databases.get(mine, things.mine.databaseId),
    'databases.list': async () => found((await store.databases.list(mine, {}, page)).items),
    'instances.get': () => store.instances.get(mine, `${things.mine.databaseId}-primary`),
    'instances.list': async () => found((await store.instances.list(mine, {}, page)).items),
    'operations.get': () => store.operations.get(mine, things.mine.operationId),
    'operations.withSteps': () => store.operations.withSteps(mine, things.mine.operationId),
    'quotas.get': async () => (await store.quotas.get(mine)).used.databases,
    'operations.list': async () => found((await store.operations.list(mine, {}, page)).items),
    'steps.list': async () => found(await store.steps.list(mine, things.mine.operationId)),
    'events.list': async () => found((await store.events.list(mine, {}, page)).items),
    'observations.orphans': async () => found((await store.observations.orphans(mine, page)).items),
    'secrets.readFor': () => store.secrets.readFor(mine, things.mine.databaseId, 'owner').catch(() => null),
    'keys.list': async () => found((await store.keys.list(mine, page)).items),
    'operations.cancel': () =>
      store.operations
        .cancel(mine, things.mine.operationId, 'ada')
        .catch(({ code }: { code: string }) => (code === 'not_found' ? null : code)),
    'operations.change': () =>
      store.operations
        .change(requestOf({ tenantId: mine }), {
          kind: 'describe',
          databaseId: things.mine.databaseId,
          input: { description: 'a' },
          retryOf: null,
        })
        .catch(({ code }: { code: string }) => (code === 'not_found' ? null : code)),
  };

  test.each(Object.keys(reads))('%s: with policies that let nobody through it finds nothing', async (name) => {
    const read = reads[name] as () => Promise<unknown>;
    const whole = await read();
    expect(whole === null || whole === 0).toBe(false);
    const tables = (await tenantTables()).map((table) => table.name);
    const change = (using: string) =>
      bench.rows(tables.map((table) => `ALTER POLICY tenant ON ${table} USING (${using})`).join(';'));
    await change('false');
    try {
      const left = await read();
      expect(left === null || left === 0).toBe(true);
    } finally {
      await change(`tenant_id = current_setting('slipway.tenant_id', true)`);
    }
  });

  test('operations.create writes nothing for a tenant that it is not in', async () => {
    await bench.rows('ALTER POLICY tenant ON databases USING (false)');
    try {
      await expect(store.operations.create(requestOf({ tenantId: mine }), inputOf())).rejects.toThrow(
        /row-level security/,
      );
    } finally {
      await bench.rows(
        `ALTER POLICY tenant ON databases USING (tenant_id = current_setting('slipway.tenant_id', true))`,
      );
    }
  });
});

test('a row cannot belong to another tenant than what it is a part of', async () => {
  const { databaseId } = things.other;
  const moves = {
    instances: `UPDATE instances SET tenant_id = $1 WHERE database_id = $2`,
    sidecars: `UPDATE sidecars SET tenant_id = $1 WHERE database_id = $2`,
    secrets: `UPDATE secrets SET tenant_id = $1 WHERE database_id = $2`,
    statuses: `UPDATE observed_statuses SET tenant_id = $1 WHERE instance_id = $2 || '-primary'`,
    steps: `UPDATE steps SET tenant_id = $1 FROM operations WHERE operation_id = id AND database_id = $2`,
  };
  for (const statement of Object.values(moves)) {
    await expect(bench.rows(statement, [mine, databaseId])).rejects.toMatchObject({ code: '23503' });
  }
});

test('the second wall costs a read three statements more, and an accept one', async () => {
  const { database } = await available(store);
  const watched = await watchStatements(bench.database.url);
  const through = createStore(
    { databaseUrl: watched.through(bench.database.url), poolMax: 1, connectTimeoutMs: 5_000 },
    createCipher(secretKey),
  );
  const kinds = (of: readonly string[]) => of.map((text) => /\w+/.exec(text)?.[0]);
  try {
    await through.ping();
    watched.take();
    expect(await through.operations.list('default', {}, { pageSize: 5, pageToken: null })).toBeDefined();
    const read = watched.take();
    expect(kinds(read)).toEqual(['BEGIN', 'SELECT', 'SELECT', 'COMMIT']);
    expect(read[1]).toContain('set_config');
    const change = { kind: 'describe', databaseId: database.id, input: { description: 'b' }, retryOf: null } as const;
    await through.operations.change(requestOf(), change);
    expect(watched.take().filter((text) => text.includes('set_config'))).toHaveLength(1);
  } finally {
    await through.close();
    await watched.close();
  }
});

test('the wall is there for a store’s user that is no superuser, and for its tables’ owner', async () => {
  const user = `user_${randomBytes(4).toString('hex')}`;
  const database = await createTestDatabase();
  const url = new URL(database.url);
  [url.username, url.password] = [user, 'own-password'];
  await query(
    database.url,
    `CREATE ROLE ${user} LOGIN PASSWORD 'own-password'; GRANT slipway_tenant TO ${user};
    ALTER DATABASE ${database.name} OWNER TO ${user}`,
  );
  try {
    await migrate({ databaseUrl: url.href, statementTimeoutMs: 10_000 });
    const own = createStore({ databaseUrl: url.href, poolMax: 1, connectTimeoutMs: 5_000 }, createCipher(secretKey));
    await own.operations.create(requestOf(), inputOf());
    const { id } = await own.tenants.create(uniqueName(), ada);
    const past = createClient({ databaseUrl: url.href, poolMax: 1, connectTimeoutMs: 5_000 });
    const count = (tenantId: string) => createTenantScope(past.prisma)(tenantId, (tx) => tx.database.count());
    expect([await count('default'), await count(id), await past.prisma.database.count()]).toEqual([1, 0, 1]);
    await past.close();
    await own.close();
  } finally {
    await database.drop();
    await query(serverUrl(), `DROP ROLE ${user}`);
  }
});
