import { createClient, type StoreClient } from '../../../store/connection/client';
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
