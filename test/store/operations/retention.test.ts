import type { Place } from '../../../store/operations/retention';
import { available, labelEdited, openTestStore, type TestStore } from '../../support/test-store';

// Retention on a store with two years of operations: what is removed, and what is kept.

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
});
afterEach(() => bench.close());

const days = 365;

/** Copies the operations of a database `count` times, each a day older than the one before, with a step and an event. */
async function age(databaseId: string, count: number): Promise<void> {
  await bench.rows(
    `INSERT INTO operations SELECT copy.* FROM operations AS one, generate_series(1, ${count}) AS day,
       LATERAL jsonb_populate_record(one, jsonb_build_object('id', one.id || '-' || day,
         'created_at', one.created_at - day * interval '1 day', 'ended_at', one.ended_at - day * interval '1 day')) AS copy
     WHERE one.database_id = $1`,
    [databaseId],
  );
  await bench.rows(
    `INSERT INTO steps (operation_id, tenant_id, plan_number, ordinal, phase, name, resource, host_id, state)
     SELECT id, tenant_id, 1, 1, 1, 'ensureNetwork', 'net', 'host-a', 'succeeded' FROM operations
     WHERE database_id = $1`,
    [databaseId],
  );
  await bench.rows(
    `INSERT INTO events (tenant_id, database_id, operation_id, type, data, at)
     SELECT tenant_id, database_id, id, 'operation.succeeded', '{}', ended_at FROM operations
     WHERE database_id = $1 ORDER BY ended_at`,
    [databaseId],
  );
}

/** @returns the passes that it took */
async function removeExpired(): Promise<number> {
  let place: Place | null = null;
  for (let passes = 1; ; passes += 1) {
    place = await bench.store.retention.removeOperations(days, place);
    if (place === null) return passes;
  }
}

/** The operations of a database, its steps and its events. */
async function remaining(databaseId: string) {
  const [row] = await bench.rows<{ operations: number; expired: number; steps: number; events: number }>(
    `SELECT count(DISTINCT operations.id)::int AS operations,
       count(DISTINCT operations.id) FILTER (WHERE operations.ended_at < now() - interval '365 days')::int AS expired,
       count(DISTINCT steps.operation_id)::int AS steps, count(DISTINCT events.operation_id)::int AS events
     FROM operations LEFT JOIN steps ON steps.operation_id = operations.id
       LEFT JOIN events ON events.operation_id = operations.id
     WHERE operations.database_id = $1`,
    [databaseId],
  );
  return row;
}

async function newDatabase(): Promise<string> {
  return (await available(bench.store)).database.id;
}

test('M60 removes expired operations with steps and events in batches, and keeps the newest 50 of a database', async () => {
  const [busy, quiet, gone] = [await newDatabase(), await newDatabase(), await newDatabase()];
  await age(busy, 1_500);
  await age(quiet, 59);
  await bench.rows(
    `UPDATE operations SET ended_at = ended_at - interval '2 years', created_at = created_at - interval '2 years'
     WHERE database_id = $1`,
    [quiet],
  );
  await age(gone, 400);
  await bench.rows('DELETE FROM holdings WHERE database_id = $1', [gone]);
  await bench.rows('DELETE FROM databases WHERE id = $1', [gone]);

  expect(await removeExpired()).toBe(2);

  // All operations of the quiet database have expired; the others have one a day.
  expect(await remaining(busy)).toEqual({ operations: 365, expired: 0, steps: 365, events: 365 });
  expect(await remaining(quiet)).toEqual({ operations: 50, expired: 50, steps: 50, events: 50 });
  expect(await remaining(gone)).toEqual({ operations: 365, expired: 0, steps: 365, events: 365 });
  const [loose] = await bench.rows<{ steps: number; events: number }>(
    `SELECT (SELECT count(*)::int FROM steps WHERE operation_id NOT IN (SELECT id FROM operations)) AS steps,
       (SELECT count(*)::int FROM events WHERE operation_id NOT IN (SELECT id FROM operations)) AS events`,
  );
  expect(loose).toEqual({ steps: 0, events: 0 });
});

test('M60 keeps every operation of a failed database, and open ones', async () => {
  const [failed, open] = [await newDatabase(), await newDatabase()];
  for (const id of [failed, open]) await age(id, 500);
  await bench.rows(`UPDATE databases SET state = 'failed' WHERE id = $1`, [failed]);
  await bench.rows(
    `UPDATE operations SET state = 'running', ended_at = NULL WHERE database_id = $1 AND id LIKE '%-500'`,
    [open],
  );

  await removeExpired();

  expect(await remaining(failed)).toMatchObject({ operations: 501, steps: 501 });
  expect(await remaining(open)).toMatchObject({ operations: 366, expired: 0 });
});

test('M60 metrics count ended operations that were removed', async () => {
  const { store } = bench;
  const { database } = await available(store);
  await labelEdited(store, database.id);
  const before = [await store.counts.operations(), await store.counts.durations()];
  expect(before[0]).toEqual(
    expect.arrayContaining([
      { kind: 'create', state: 'succeeded', count: 1 },
      { kind: 'describe', state: 'succeeded', count: 1 },
    ]),
  );
  await bench.rows(`UPDATE operations SET ended_at = ended_at - interval '2 years'`);
  await bench.rows('DELETE FROM holdings');
  await bench.rows('DELETE FROM databases');
  await removeExpired();
  expect(await bench.rows('SELECT id FROM operations')).toEqual([]);
  expect([await store.counts.operations(), await store.counts.durations()]).toEqual(before);
});

test('M60 removes old events of no operation, and never the newest event', async () => {
  const { store } = bench;
  await bench.rows(
    `INSERT INTO events (tenant_id, type, data, at)
     SELECT 'default', 'orphan.found', '{}', now() - interval '2 years' + number * interval '1 second'
     FROM generate_series(1, 1500) AS number`,
  );
  const head = await store.events.head();

  expect(await store.retention.removeEvents(days)).toBe(true);
  expect(await store.retention.removeEvents(days)).toBe(false);

  expect(await bench.rows('SELECT type FROM events')).toHaveLength(1);
  await newDatabase();
  const { items } = await store.events.list('default', {}, { pageSize: 20, pageToken: null });
  expect(items.map(({ sequence }) => sequence)).toEqual([head, head + 1, head + 2]);
});

test('M60 removes the ends of logs a month after their steps', async () => {
  const id = await newDatabase();
  await age(id, 60);
  await bench.rows(
    `UPDATE steps SET log_tail = 'lines', started_at = operations.ended_at FROM operations
     WHERE operations.id = steps.operation_id`,
  );
  expect(await bench.store.retention.removeLogTails()).toBe(false);
  const kept = await bench.rows<{ tail: string | null }>(
    `SELECT log_tail AS tail FROM steps WHERE started_at < now() - interval '30 days' AND log_tail IS NOT NULL`,
  );
  expect(kept).toEqual([]);
  expect(await bench.rows('SELECT 1 FROM steps WHERE log_tail IS NOT NULL')).toHaveLength(30);
});
