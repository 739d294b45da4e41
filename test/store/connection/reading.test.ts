import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { translated } from '../../../store/connection/errors';
import { Prisma } from '../../../store/connection/executor';
import { createReading, type Reading } from '../../../store/connection/reading';
import { query, serverUrl } from '../../support/database';
import { acceptedCreate, openTestStore, type TestStore } from '../../support/test-store';

let bench: TestStore;
const pools: Pool[] = [];
beforeAll(async () => {
  bench = await openTestStore();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.end();
});
afterAll(async () => {
  await bench?.close();
});

/** On one connection: what one read leaves on it, the next one would have. */
function open(timeoutMs = 10_000, connectionString = bench.database.url): Reading {
  const pool = new Pool({ connectionString, max: 1, pipeline: true });
  pools.push(pool);
  return createReading(pool, timeoutMs);
}

const whoAmI = Prisma.sql`
  SELECT current_user <> session_user AS switched, current_setting('slipway.tenant_id', true) AS tenant`;

test('a tenant’s statements run as its role, and the next read has neither role nor tenant (A03)', async () => {
  const reading = open();
  expect(await reading.ofTenant('a', whoAmI, whoAmI)).toEqual([
    [{ switched: true, tenant: 'a' }],
    [{ switched: true, tenant: 'a' }],
  ]);
  expect(await reading.rows(whoAmI)).toEqual([{ switched: false, tenant: '' }]);
});

test('they all see what was there at one moment, whatever is committed between them', async () => {
  const count = Prisma.sql`SELECT count(*)::int AS databases FROM databases`;
  const locker = new Client({ connectionString: bench.database.url });
  await locker.connect();
  await locker.query('SELECT pg_advisory_lock(1)');
  const reads = open().ofTenant('default', count, Prisma.sql`SELECT 1 FROM pg_advisory_xact_lock(1)`, count);
  await bench.untilWaiting(1);
  await acceptedCreate(bench.store);
  await locker.end();
  const [before, , after] = await reads;
  expect(after).toEqual(before);
  expect(await open().ofTenant('default', count)).not.toEqual([before]);
});

test('many tenants at once on one connection never have each other’s answers (A03)', async () => {
  const reading = open();
  const tenants = Array.from({ length: 50 }, (_value, index) => `tenant-${index}`);
  const answers = await Promise.all(tenants.map((tenant) => reading.ofTenant(tenant, whoAmI)));
  expect(answers).toEqual(tenants.map((tenant) => [[{ switched: true, tenant }]]));
});

test('it only reads', async () => {
  const write = Prisma.sql`UPDATE databases SET description = 'changed'`;
  await expect(open().ofTenant('default', write)).rejects.toThrow(/read-only transaction/);
});

test('of statements one of which fails, nothing is given, and nothing stays on the connection', async () => {
  const reading = open();
  await expect(reading.ofTenant('a', whoAmI, Prisma.sql`SELECT 1/0`)).rejects.toThrow(/division by zero/);
  expect(await reading.rows(whoAmI)).toEqual([{ switched: false, tenant: null }]);
});

test('where the wall cannot be put up, nothing is given (A03)', async () => {
  const user = `user_${randomBytes(4).toString('hex')}`;
  await query(bench.database.url, `CREATE ROLE ${user} LOGIN PASSWORD 'own-password'`);
  await query(bench.database.url, `GRANT SELECT ON databases TO ${user}`);
  const url = new URL(bench.database.url);
  [url.username, url.password] = [user, 'own-password'];
  try {
    const reading = open(10_000, url.href);
    const all = Prisma.sql`SELECT id FROM databases`;
    expect(await reading.rows(all)).toEqual([]);
    await expect(reading.ofTenant('default', all)).rejects.toThrow(/permission denied to set role/);
  } finally {
    await query(bench.database.url, `REVOKE ALL ON databases FROM ${user}`);
    await query(serverUrl(), `DROP ROLE ${user}`);
  }
});

test('a statement that takes too long is store_unavailable, and its connection is given up', async () => {
  const reading = open(300);
  const slow = translated('sleep', () => reading.rows(Prisma.sql`SELECT pg_sleep(600)`));
  await expect(slow).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await reading.rows(Prisma.sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  await query(
    bench.database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'`,
  );
});
