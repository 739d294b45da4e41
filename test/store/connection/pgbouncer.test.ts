import { createCipher } from '../../../store/connection/cipher';
import { migrate } from '../../../store/connection/migrate';
import { createStore, type Store } from '../../../store/store';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';
import { type StorePooler, startStorePooler } from '../../support/store-pooler';
import { acceptedDelete, available, claimed, secretKey, testHost } from '../../support/test-store';

let database: TestDatabase;
let pooler: StorePooler;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  pooler = await startStorePooler(database.url);
  const settings = { databaseUrl: pooler.url, poolMax: 6, connectTimeoutMs: 20_000 };
  store = createStore(settings, createCipher(secretKey));
});
afterAll(async () => {
  await store?.close();
  await pooler?.remove();
  await database?.drop();
});

test('D08 behind PgBouncer in transaction mode the store is migrated, and accepts, claims and finishes', async () => {
  const statementTimeoutMs = 10_000;
  const applied = await Promise.all([1, 2].map(() => migrate({ databaseUrl: pooler.url, statementTimeoutMs })));
  // Each migration by one of them.
  const history = await query<{ name: string }>(database.url, 'SELECT migration_name AS name FROM _prisma_migrations');
  expect(applied.flat().sort()).toEqual(history.map(({ name }) => name).sort());
  expect(history.length).toBeGreaterThan(0);
  await store.hosts.register(testHost('host-a'));

  // More at once than the pooler has connections to the server, so that these change hands between transactions.
  const created = await Promise.all(Array.from({ length: 12 }, () => available(store)));
  expect(store.pool().open).toBeGreaterThan(pooler.poolSize);
  const sessions = 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  expect((await query(database.url, sessions)).length).toBeLessThanOrEqual(pooler.poolSize);

  const read = created.flatMap(({ database: { id } }) => [
    store.databases.get('default', id),
    store.databases.get('somebody-else', id),
  ]);
  const states = (await Promise.all(read)).map((one) => one?.state);
  expect(states).toEqual(created.flatMap(() => ['available', undefined]));

  const [{ database: first } = { database: { id: '' } }] = created;
  const operation = await claimed(store, await acceptedDelete(store, first.id));
  await store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  expect(await store.databases.get('default', first.id)).toBeNull();
  expect((await store.operations.load(operation.id)).state).toBe('succeeded');
});
