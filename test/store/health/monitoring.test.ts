import { available, inputOf, openTestStore, requestOf, type TestStore, uniqueName } from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];

beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => bench?.close());

const checks = (databaseId: string) =>
  bench.rows<Record<string, unknown>>('SELECT * FROM health_checks WHERE database_id = $1', [databaseId]);

test('a create makes the check of its database, with the defaults, and due at once (E01, E11, E13)', async () => {
  const { database } = await store.operations.create(requestOf(), inputOf());
  const [check, ...others] = await checks(database.id);
  expect(others).toEqual([]);
  expect(check).toMatchObject({
    tenant_id: 'default',
    enabled: true,
    interval_seconds: 60,
    timeout_seconds: 5,
    failure_threshold: 3,
    success_threshold: 1,
    state: 'unknown',
    last_checked_at: null,
  });
  expect(check?.next_at).toEqual(check?.created_at);
});

test('a create that is refused leaves no check (E11)', async () => {
  const name = uniqueName();
  await store.operations.create(requestOf(), inputOf({ name }));
  const count = () => bench.rows('SELECT count(*)::int AS checks FROM health_checks');
  const before = await count();
  await expect(store.operations.create(requestOf(), inputOf({ name }))).rejects.toMatchObject({ code: 'name_in_use' });
  await bench.withoutAudit(async () => {
    await expect(store.operations.create(requestOf(), inputOf())).rejects.toThrow();
  });
  expect(await count()).toEqual(before);
});

test('databases without a check get one, once, also when several processes start (E12)', async () => {
  const { database } = await available(store);
  const { database: other } = await available(store);
  await bench.rows('DELETE FROM health_checks WHERE database_id = ANY($1)', [[database.id, other.id]]);
  const made = await Promise.all(Array.from({ length: 4 }, () => store.monitoring.ensureAll()));
  expect(made.reduce((sum, count) => sum + count, 0)).toBe(2);
  expect(await checks(database.id)).toHaveLength(1);
  expect(await checks(other.id)).toHaveLength(1);
  expect(await store.monitoring.ensureAll()).toBe(0);
});
