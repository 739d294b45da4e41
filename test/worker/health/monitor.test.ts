import { pino } from 'pino';
import { checkError } from '../../../domain/health/check-errors';
import type { CheckRun } from '../../../store/health/monitoring';
import { type Monitor, type MonitorSettings, startMonitor } from '../../../worker/health/monitor';
import type { Outcome, Probe } from '../../../worker/health/probe';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { accepted, ada, available, openTestStore, requestOf, type TestStore } from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
const monitors: Monitor[] = [];

beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterEach(async () => {
  await Promise.all(monitors.splice(0).map((monitor) => monitor.stop()));
  // What another test has made is nothing to this one.
  await bench.rows('UPDATE health_checks SET enabled = false, holder = NULL, lease_until = NULL');
});
afterAll(async () => bench?.close());

const good: Outcome = { error: null, latencyMs: 1 };
const bad: Outcome = { error: checkError('connection_refused', 'nobody is there'), latencyMs: 1 };

function monitor(probe: Probe, settings: Partial<MonitorSettings> = {}): Monitor {
  const logger = pino({ level: 'silent' });
  const started = startMonitor({
    store,
    probe,
    hostId: 'host-a',
    concurrency: 20,
    logger,
    pollIntervalMs: 20,
    ...settings,
  });
  monitors.push(started);
  return started;
}

/** So many databases that work; their checks are due one after another, the first for the longest. */
async function databases(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await available(store)).database.id);
  await bench.rows(
    `UPDATE health_checks SET next_at = now() - make_interval(secs => $2 - array_position($1, database_id))
     WHERE database_id = ANY ($1::text[])`,
    [ids, count + 1],
  );
  return ids;
}

const checkOf = async (databaseId: string) =>
  (await bench.rows<Record<string, any>>('SELECT * FROM health_checks WHERE database_id = $1', [databaseId]))[0] ?? {};
const resultsOf = (databaseId: string) =>
  bench.rows<{ error: { code: string } | null }>(
    `SELECT health_results.* FROM health_results JOIN health_checks ON id = check_id WHERE database_id = $1 ORDER BY checked_at`,
    [databaseId],
  );
const eventsOf = async (databaseId: string) =>
  await bench.rows<{ type: string; data: any }>(
    "SELECT type, data FROM events WHERE database_id = $1 AND type LIKE 'database.%' ORDER BY sequence",
    [databaseId],
  );
const dueAgain = (databaseId: string) =>
  bench.rows('UPDATE health_checks SET next_at = now() WHERE database_id = $1', [databaseId]);

/** One run with this outcome, claimed and recorded by hand. */
async function run(databaseId: string, outcome: Outcome) {
  await dueAgain(databaseId);
  const [claimed] = await store.monitoring.claim('host-a', 1);
  expect(claimed?.databaseId).toBe(databaseId);
  return store.monitoring.record(claimed as CheckRun, outcome);
}

test('what is due is taken oldest first, at once, and so many at a time (E01, E04)', async () => {
  const ids = await databases(5);
  const begun: string[] = [];
  const gates = new Map(ids.map((id) => [id, newGate()]));
  monitor(
    async ({ databaseId }) => {
      begun.push(databaseId);
      await gates.get(databaseId)?.opened;
      return good;
    },
    { concurrency: 2, pollIntervalMs: 60_000 },
  );
  await eventually(() => expect(begun).toEqual(ids.slice(0, 2)));
  // Those that have no slot are not claimed, so no lease runs while they wait.
  const leased = await bench.rows<{ database_id: string }>(
    'SELECT database_id FROM health_checks WHERE holder IS NOT NULL',
  );
  expect(leased.map(({ database_id }) => database_id).sort()).toEqual(ids.slice(0, 2).sort());
  gates.get(ids[1] ?? '')?.open();
  await eventually(() => expect(begun).toEqual(ids.slice(0, 3)));
  for (const gate of gates.values()) gate.open();
  await eventually(() => expect(begun).toEqual(ids));
  await eventually(async () => {
    for (const id of ids) expect(await checkOf(id)).toMatchObject({ state: 'up', successes: 1, holder: null });
  });
});

test('what is claimed at once comes oldest first, in whatever order it was made (E01)', async () => {
  const ids = (await databases(40)).sort();
  await bench.rows(
    `UPDATE health_checks SET next_at = now() - array_position($1, database_id) * interval '1 second'
    WHERE database_id = ANY ($1::text[])`,
    [ids],
  );
  // With figures of the tables PostgreSQL takes the rows to be changed as they lie.
  await bench.rows('ANALYZE');
  const claimed = await store.monitoring.claim('host-a', 10);
  expect(claimed.map(({ databaseId }) => databaseId)).toEqual(ids.slice(-10).reverse());
});

test('many monitors on one host run each check once (E02)', async () => {
  const ids = await databases(30);
  // Not due again while this is looked at.
  await bench.rows('UPDATE health_checks SET interval_seconds = 3600');
  const begun: string[] = [];
  for (let index = 0; index < 4; index += 1) {
    monitor(
      async ({ databaseId }) => {
        begun.push(databaseId);
        return good;
      },
      { concurrency: 5 },
    );
  }
  await eventually(async () => {
    for (const id of ids) expect(await resultsOf(id)).toHaveLength(1);
  });
  expect([...begun].sort()).toEqual([...ids].sort());
});

test('another host’s databases are left alone', async () => {
  await databases(1);
  expect(await store.monitoring.claim('host-b', 10)).toEqual([]);
});

test('the lease outlives the probe, and only when it has run out another takes the check (E03)', async () => {
  const [id = ''] = await databases(1);
  const gate = newGate();
  const first = monitor(
    async () => {
      await gate.opened;
      return bad;
    },
    // Its one slot stays taken: it does not take the check again.
    { concurrency: 1 },
  );
  await eventually(async () => expect(await checkOf(id)).toMatchObject({ holder: expect.any(String) }));
  const [lease] = await bench.rows<{ seconds: number }>(
    'SELECT extract(epoch FROM lease_until - now())::float8 AS seconds FROM health_checks WHERE database_id = $1',
    [id],
  );
  // Five for the probe, two for the container, and time to record.
  expect(lease?.seconds).toBeGreaterThan(7);
  await dueAgain(id);
  expect(await store.monitoring.claim('host-a', 10)).toEqual([]);
  // As if the first had died between probe and record.
  await bench.rows('UPDATE health_checks SET lease_until = now() WHERE database_id = $1', [id]);
  const second = monitor(async () => good);
  await eventually(async () => expect(await resultsOf(id)).toMatchObject([{ error: null }]));
  await second.stop();
  // What the first one found comes late, and counts no more.
  gate.open();
  await first.stop();
  expect(await resultsOf(id)).toHaveLength(1);
  expect(await checkOf(id)).toMatchObject({ state: 'up', failures: 0, holder: null });
});

test('a probe that fails, or never ends, stops no other (E10)', async () => {
  const [failing = '', hanging = '', fine = ''] = await databases(3);
  const gate = newGate();
  let fails = 0;
  monitor(async ({ databaseId }) => {
    if (databaseId === hanging) await gate.opened;
    if (databaseId !== failing) return good;
    fails += 1;
    throw new Error('the store is away');
  });
  await eventually(async () => expect(await checkOf(fine)).toMatchObject({ state: 'up' }));
  // What could not be asked says nothing of the database, and waits for its next turn.
  await eventually(async () =>
    expect(await checkOf(failing)).toMatchObject({ state: 'unknown', failures: 0, holder: null }),
  );
  expect(await resultsOf(failing)).toEqual([]);
  expect(fails).toBe(1);
  await dueAgain(fine);
  await eventually(async () => expect(await resultsOf(fine)).toHaveLength(2));
  gate.open();
});

test('a stop waits for checks in flight and starts no more; it may be called twice (E09)', async () => {
  const [id = '', other = ''] = await databases(2);
  const gate = newGate();
  let begun = 0;
  const one = monitor(
    async () => {
      begun += 1;
      await gate.opened;
      return good;
    },
    { concurrency: 1 },
  );
  await eventually(() => expect(begun).toBe(1));
  let isStopped = false;
  const stopped = Promise.all([one.stop(), one.stop()]).then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  gate.open();
  await stopped;
  await one.stop();
  expect(begun).toBe(1);
  expect(await checkOf(id)).toMatchObject({ state: 'up', holder: null });
  expect(await checkOf(other)).toMatchObject({ state: 'unknown', holder: null, lease_until: null });
});

test('DOWN once, RECOVERED once, each an event in the transaction of its result (E06, E07)', async () => {
  const [id = ''] = await databases(1);
  expect(await run(id, good)).toBeNull();
  const edges = [];
  for (const outcome of [bad, bad, bad, bad, good, good]) edges.push(await run(id, outcome));
  expect(edges).toEqual([null, null, 'down', null, 'recovered', null]);
  const [down, recovered, ...more] = await eventsOf(id);
  expect(more).toEqual([]);
  expect(down).toMatchObject({
    type: 'database.down',
    data: {
      checkId: (await checkOf(id)).id,
      databaseName: expect.stringMatching(/^db-/),
      engine: { name: 'postgresql', version: '17' },
      address: { host: '127.0.0.1', port: expect.any(Number) },
      failures: 3,
      error: bad.error,
    },
  });
  expect(recovered).toMatchObject({ type: 'database.recovered', data: { downSince: down?.data.since, error: null } });
  expect(await resultsOf(id)).toHaveLength(7);
});

test('where the event cannot be written, neither is the result: the edge is told the next time (E07)', async () => {
  const [id = ''] = await databases(1);
  for (const outcome of [bad, bad]) await run(id, outcome);
  await bench.rows(`CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no room for events'; END $$`);
  await bench.rows('CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_events()');
  await expect(run(id, bad)).rejects.toThrow();
  await bench.rows('DROP TRIGGER refuse ON events');
  expect(await checkOf(id)).toMatchObject({ state: 'unknown', failures: 2 });
  await bench.rows('UPDATE health_checks SET lease_until = now() WHERE database_id = $1', [id]);
  expect(await run(id, bad)).toBe('down');
  expect(await eventsOf(id)).toHaveLength(1);
});

test('settings that change while a probe is under way stay (E08)', async () => {
  const [id = ''] = await databases(1);
  const [claimed] = await store.monitoring.claim('host-a', 1);
  const check = await checkOf(id);
  const patch = { intervalSeconds: 30, timeoutSeconds: 7, failureThreshold: 9, successThreshold: 2 };
  await store.healthChecks.change('default', check.id, patch, null, ada);
  const after = await checkOf(id);
  await store.monitoring.record(claimed as CheckRun, bad);
  const settings = ['enabled', 'interval_seconds', 'timeout_seconds', 'failure_threshold', 'success_threshold'];
  for (const column of [...settings, 'next_at', 'updated_at']) {
    expect({ column, value: (await checkOf(id))[column] }).toEqual({ column, value: after[column] });
  }
  expect(await checkOf(id)).toMatchObject({ interval_seconds: 30, failures: 1, last_error: bad.error });
});

test('a tenant’s statements cannot write what runs have found (E08)', async () => {
  const [row] = await bench.rows<{ columns: string[] }>(
    `SELECT array_agg(column_name::text ORDER BY 1) AS columns FROM information_schema.column_privileges
     WHERE grantee = 'slipway_tenant' AND table_name = 'health_checks' AND privilege_type = 'UPDATE'`,
  );
  for (const column of ['state', 'since', 'successes', 'failures', 'holder', 'last_error']) {
    expect(row?.columns).not.toContain(column);
  }
});

test.each(['creating', 'modifying', 'deleting', 'stopped', 'paused', 'failed'])(
  'a database that is %s is not checked (E31, B04)',
  async (state) => {
    const [id = ''] = await databases(1);
    await bench.rows('UPDATE databases SET state = $2 WHERE id = $1', [id, state]);
    expect(await store.monitoring.claim('host-a', 10)).toEqual([]);
  },
);

test('one that is switched off is not checked, nor one of which something was asked (E01, E31)', async () => {
  const [off = '', asked = ''] = await databases(2);
  await bench.rows('UPDATE health_checks SET enabled = false WHERE database_id = $1', [off]);
  const stop = { kind: 'stop', databaseId: asked, input: {}, retryOf: null } as const;
  await accepted(store.operations.change(requestOf(), stop));
  expect(await store.monitoring.claim('host-a', 10)).toEqual([]);
});

test('what a probe finds that a stop overtook counts for nothing, and the check is due again (E31)', async () => {
  const [id = ''] = await databases(1);
  for (const outcome of [bad, bad]) await run(id, outcome);
  await dueAgain(id);
  const [claimed] = await store.monitoring.claim('host-a', 1);
  const stop = { kind: 'stop', databaseId: id, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), stop));
  expect(await store.monitoring.record(claimed as CheckRun, bad)).toBeNull();
  expect(await checkOf(id)).toMatchObject({ state: 'unknown', failures: 2, holder: null });
  expect(await eventsOf(id)).toEqual([]);
  // The next run after it counts from zero.
  await bench.rows("UPDATE operations SET state = 'succeeded', ended_at = now() WHERE id = $1", [operation.id]);
  for (const [failures, edge] of [
    [1, null],
    [2, null],
    [3, 'down'],
  ] as const) {
    expect(await run(id, bad)).toBe(edge);
    expect(await checkOf(id)).toMatchObject({ failures });
  }
});

test('a database that was down when it was stopped is told of when it is up again, and not twice as down (E07, E31)', async () => {
  const [id = ''] = await databases(1);
  for (const outcome of [bad, bad, bad]) await run(id, outcome);
  await bench.rows('UPDATE databases SET disruption = disruption + 1 WHERE id = $1', [id]);
  const edges = [];
  for (const outcome of [bad, bad, bad, good]) edges.push(await run(id, outcome));
  expect(edges).toEqual([null, null, null, 'recovered']);
});

const everythingButDate = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

test('times are the store’s: a worker whose clock is an hour off changes nothing (E01, E03)', async () => {
  const [id = ''] = await databases(1);
  for (const offMs of [3_600_000, -3_600_000]) {
    jest.useFakeTimers({ now: Date.now() + offMs, doNotFake: [...everythingButDate] });
    try {
      await dueAgain(id);
      const before = (await resultsOf(id)).length;
      const one = monitor(async () => good);
      await eventually(async () => expect(await resultsOf(id)).toHaveLength(before + 1));
      await one.stop();
    } finally {
      jest.useRealTimers();
    }
    const [row] = await bench.rows<{ age: number; next: number }>(
      `SELECT abs(extract(epoch FROM now() - last_checked_at))::float8 AS age,
         extract(epoch FROM next_at - now())::float8 AS next FROM health_checks WHERE database_id = $1`,
      [id],
    );
    expect(row?.age).toBeLessThan(30);
    expect(row?.next).toBeGreaterThan(0);
    expect(row?.next).toBeLessThanOrEqual(60);
  }
});

test('the next run is a whole number of intervals after the last one was due, and what was missed is not made up for', async () => {
  const [id = ''] = await databases(1);
  await bench.rows("UPDATE health_checks SET next_at = now() - interval '125 seconds' WHERE database_id = $1", [id]);
  const { next_at: due } = await checkOf(id);
  await store.monitoring.claim('host-a', 1);
  const { next_at: next } = await checkOf(id);
  expect(next.getTime() - due.getTime()).toBe(180_000);
});

test('results are kept for a week, and no longer', async () => {
  const [id = ''] = await databases(1);
  const { id: checkId } = await checkOf(id);
  await bench.rows(
    `INSERT INTO health_results (check_id, tenant_id, checked_at, latency_ms)
     SELECT $1, 'default', now() - make_interval(hours => hours), 1 FROM unnest(ARRAY[1, 167, 169, 500]) AS hours`,
    [checkId],
  );
  await store.monitoring.prune();
  expect(await resultsOf(id)).toHaveLength(2);
});

test('check and results go with their database, in its transaction (C10, E15)', async () => {
  const [id = ''] = await databases(1);
  const { id: checkId } = await checkOf(id);
  await run(id, good);
  const remove = { kind: 'delete', databaseId: id, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), remove));
  await store.operations.claim(operation.id, 'run-2', null);
  const finish = () =>
    store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  await bench.withoutAudit(async () => {
    await expect(finish()).rejects.toThrow();
  });
  expect(await resultsOf(id)).toHaveLength(1);
  await finish();
  const left = await bench.rows(
    'SELECT 1 FROM health_results WHERE check_id = $1 UNION ALL SELECT 1 FROM health_checks WHERE id = $1',
    [checkId],
  );
  expect(left).toEqual([]);
});
