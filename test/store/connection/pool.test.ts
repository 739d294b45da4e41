import { createClient, type StoreClient } from '../../../store/connection/client';
import { Prisma } from '../../../store/connection/executor';
import { observedClient, type Statement } from '../../../store/connection/statements';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';

let database: TestDatabase;
const clients: StoreClient[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => database.drop());

function open(settings: { readonly idleTimeoutMs?: number; readonly maxLifetimeSeconds?: number } = {}): StoreClient {
  const client = createClient({ databaseUrl: database.url, poolMax: 2, connectTimeoutMs: 3_000, ...settings });
  clients.push(client);
  return client;
}

const pidOf = async ({ prisma }: StoreClient) =>
  (await prisma.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;

test('the limits that are shown are those of the pool itself', () => {
  expect(open({ idleTimeoutMs: 1_500, maxLifetimeSeconds: 7 }).pool()).toMatchObject({
    max: 2,
    limits: { connectTimeoutMs: 3_000, idleTimeoutMs: 1_500, maxLifetimeSeconds: 7 },
  });
  expect(open().pool().limits).toMatchObject({ idleTimeoutMs: 10_000, maxLifetimeSeconds: 0 });
});

test('a connection without use is closed after its timeout, and not before', async () => {
  const [brief, lasting] = [open({ idleTimeoutMs: 50 }), open({ idleTimeoutMs: 0 })];
  await Promise.all([brief, lasting].map(({ prisma }) => prisma.$queryRaw`SELECT 1`));
  await eventually(async () => expect(brief.pool().open).toBe(0));
  expect(lasting.pool().open).toBe(1);
});

test('a connection is replaced at the end of its lifetime', async () => {
  const client = open({ idleTimeoutMs: 0, maxLifetimeSeconds: 1 });
  const first = await pidOf(client);
  expect(await pidOf(client)).toBe(first);
  await eventually(async () => expect(await pidOf(client)).not.toBe(first));
});

test('every statement is observed once, with its kind and outcome, by the ORM and past it', async () => {
  const client = open();
  const observed: Statement[] = [];
  client.observeStatements((statement) => observed.push(statement));
  await client.prisma.$queryRaw`  select 1 AS one FROM pg_sleep(0.05)`;
  await client.prisma.$transaction((tx) => tx.$queryRaw`WITH one AS (SELECT 1) SELECT * FROM one`);
  await client.reading.rows(Prisma.sql`SHOW server_version`);
  await expect(client.prisma.$executeRaw`INSERT INTO nowhere VALUES (1)`).rejects.toThrow('nowhere');
  expect(observed.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'select succeeded',
    'begin succeeded',
    'with succeeded',
    'commit succeeded',
    'other succeeded',
    'insert failed',
  ]);
  expect(observed[0]?.seconds).toBeGreaterThan(0.045);
  expect(observed.every(({ seconds }) => seconds < 5)).toBe(true);
});

test.each(['promise', 'callback'])('a statement with a %s answers as the driver does', async (way) => {
  const observed: Statement[] = [];
  const Observed = observedClient((statement) => observed.push(statement));
  const client = new Observed({ connectionString: database.url });
  await client.connect();
  try {
    const rows = await (way === 'promise'
      ? client.query('SELECT $1::int AS one', [1]).then((result) => result.rows)
      : new Promise((resolve, reject) => {
          client.query('SELECT $1::int AS one', [1], (error, result) => (error ? reject(error) : resolve(result.rows)));
        }));
    expect(rows).toEqual([{ one: 1 }]);
    expect(observed).toEqual([{ kind: 'select', outcome: 'succeeded', seconds: expect.any(Number) }]);
  } finally {
    await client.end();
  }
});
