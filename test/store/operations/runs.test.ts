import { Client } from 'pg';
import type { OperationRecord } from '../../../store/databases/records';
import {
  acceptedCreate,
  acceptedDelete,
  aims,
  available,
  claimed,
  creating,
  destroyingPlan,
  openTestStore,
  placementOf,
  smallPlan,
  type TestStore,
  testHost,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

async function timesOf(databaseId: string): Promise<{ at: Date; created: Date }[]> {
  return bench.rows(
    `SELECT updated_at AS at, created_at AS created FROM instances WHERE database_id = $1
     UNION ALL SELECT updated_at, created_at FROM databases WHERE id = $1`,
    [databaseId],
  );
}

/** Ends an operation behind its own back, as an abort or a newer operation does. */
const overtakings: readonly { title: string; overtake: (operation: OperationRecord) => Promise<unknown> }[] = [
  {
    title: 'is finished',
    overtake: ({ id }) =>
      store.operations.finish({
        operationId: id,
        outcome: 'failed',
        wayBack: 'done',
        error: { code: 'not_ready', message: 'the engine did not answer' },
      }),
  },
  { title: 'was aborted', overtake: (operation) => store.operations.abort(operation, 'sweep', 'its run is gone') },
  {
    title: 'has another generation than the database',
    overtake: ({ databaseId }) =>
      bench.rows('UPDATE databases SET generation = generation + 1 WHERE id = $1', [databaseId]),
  },
];

describe('marking', () => {
  test('C02 writes the planned state and makes the records that are missing', async () => {
    const { operation: pending, database } = await acceptedCreate(store);
    const operation = await claimed(store, pending);
    await store.operations.markInstances(operation, 'creating', [placementOf(database.id)]);
    const record = await store.databases.get('default', database.id);
    expect(record).toMatchObject({
      state: 'creating',
      instances: [
        { id: `${database.id}-primary`, name: 'primary', role: 'primary', state: 'creating', initializedAt: null },
      ],
    });
    const port = record?.instances[0]?.hostPort ?? 0;
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThanOrEqual(29_999);
  });

  test('C02 a delete marks what is there; the error of before is kept until it has ended', async () => {
    const { database } = await available(store);
    const [error, id] = [JSON.stringify({ code: 'internal', message: 'old' }), database.id];
    await bench.rows('UPDATE instances SET error = $1 WHERE database_id = $2', [error, id]);
    const operation = await claimed(store, await acceptedDelete(store, id));
    await store.operations.markInstances(operation, 'deleting', [placementOf(id)]);
    expect(await store.databases.get('default', id)).toMatchObject({
      state: 'deleting',
      instances: [{ state: 'deleting', error: { code: 'internal' } }],
    });
  });

  test('C16 again changes nothing but the time: same records, same ports', async () => {
    const { operation, database } = await creating(store);
    const before = await store.databases.get('default', database.id);
    await store.operations.markInstances(operation, 'creating', [placementOf(database.id)]);
    const after = await store.databases.get('default', database.id);
    const timeless = (records: typeof after) => records?.instances.map(({ updatedAt: _at, ...record }) => record);
    expect(timeless(after)).toEqual(timeless(before));
    expect(after).toEqual({ ...before, updatedAt: after?.updatedAt, instances: after?.instances });
  });

  test('C12 all records of one plan carry the same timestamp', async () => {
    const { operation: pending, database } = await acceptedCreate(store);
    const operation = await claimed(store, pending);
    const placements = ['a', 'b', 'c', 'd'].map((name) => placementOf(database.id, 'host-a', name));
    await store.operations.markInstances(operation, 'creating', placements);
    const times = await timesOf(database.id);
    expect(times).toHaveLength(5);
    expect(new Set(times.map(({ at }) => at.getTime())).size).toBe(1);
    // Those that are there already, and those that are not, alike.
    await store.operations.markInstances(operation, 'creating', [
      ...placements,
      placementOf(database.id, 'host-a', 'e'),
    ]);
    const again = await timesOf(database.id);
    expect(again).toHaveLength(6);
    expect(new Set(again.map(({ at }) => at.getTime())).size).toBe(1);
  });

  test('D04 when one instance finds no port, none is marked', async () => {
    const host = testHost(uniqueName(), 31_000, 31_000);
    await store.hosts.register(host);
    const { operation: pending, database } = await acceptedCreate(store);
    const operation = await claimed(store, pending);
    const placements = ['a', 'b'].map((name) => placementOf(database.id, host.id, name));
    await expect(store.operations.markInstances(operation, 'creating', placements)).rejects.toMatchObject({
      code: 'capacity_exhausted',
    });
    expect((await store.databases.get('default', database.id))?.instances).toEqual([]);
  });

  test.each(overtakings)('is refused once the operation $title', async ({ overtake }) => {
    const { operation, database } = await creating(store);
    await overtake(operation);
    const before = await store.databases.get('default', database.id);
    await expect(
      store.operations.markInstances(operation, 'creating', [placementOf(database.id, 'host-a', 'second')]),
    ).rejects.toMatchObject({ code: 'superseded' });
    expect(await store.databases.get('default', database.id)).toEqual(before);
  });

  test('C08 is refused as well when it waits for the end that the operation comes to meanwhile', async () => {
    const { operation, database } = await creating(store);
    const other = new Client({ connectionString: bench.database.url });
    await other.connect();
    try {
      // Both locks of an end are taken in turn: the second one is held here.
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM operations WHERE id = $1 FOR SHARE', [operation.id]);
      const ended = store.operations.finish({
        operationId: operation.id,
        outcome: 'failed',
        wayBack: 'done',
        error: { code: 'not_ready', message: 'the engine did not answer' },
      });
      await bench.untilWaiting(1);
      const marked = store.operations
        .markInstances(operation, 'creating', [placementOf(database.id)])
        .catch((error) => error);
      await bench.untilWaiting(2);
      await other.query('ROLLBACK');
      await ended;
      expect(await marked).toMatchObject({ code: 'superseded' });
    } finally {
      await other.end();
    }
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'failed' });
  });
});

describe('ports of a host', () => {
  test('are all given out, each once, and then the host is full', async () => {
    const host = testHost(uniqueName(), 32_000, 32_009);
    await store.hosts.register(host);
    for (let placed = 0; placed < 10; placed++) {
      const { operation, database } = await acceptedCreate(store);
      await store.operations.markInstances(await claimed(store, operation), 'creating', [
        placementOf(database.id, host.id),
      ]);
    }
    const ports = await bench.rows<{ port: number }>(
      'SELECT host_port AS port FROM instances WHERE host_id = $1 ORDER BY 1',
      [host.id],
    );
    expect(ports.map(({ port }) => port)).toEqual(Array.from({ length: 10 }, (_, index) => 32_000 + index));
    const { operation, database } = await acceptedCreate(store);
    const one = await claimed(store, operation);
    await expect(
      store.operations.markInstances(one, 'creating', [placementOf(database.id, host.id)]),
    ).rejects.toMatchObject({
      code: 'capacity_exhausted',
      message: expect.stringContaining(host.id),
    });
  });

  test('of another host do not count', async () => {
    const hosts = [testHost(uniqueName(), 33_000, 33_000), testHost(uniqueName(), 33_000, 33_000)];
    for (const host of hosts) {
      await store.hosts.register(host);
      const { operation, database } = await acceptedCreate(store);
      await store.operations.markInstances(await claimed(store, operation), 'creating', [
        placementOf(database.id, host.id),
      ]);
      const record = await store.databases.get('default', database.id);
      expect(record?.instances).toMatchObject([{ hostId: host.id, hostPort: 33_000 }]);
    }
  });

  test('are unique also when many are taken at once', async () => {
    const host = testHost(uniqueName(), 34_000, 34_099);
    await store.hosts.register(host);
    const marked = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { operation, database } = await acceptedCreate(store);
        const own = await claimed(store, operation);
        await store.operations.markInstances(own, 'creating', [placementOf(database.id, host.id)]);
        return database.id;
      }),
    );
    expect(new Set(marked).size).toBe(20);
    const [row] = await bench.rows('SELECT count(DISTINCT host_port)::int AS n FROM instances WHERE host_id = $1', [
      host.id,
    ]);
    expect(row).toEqual({ n: 20 });
  });

  test('an instance that was never used gets another, and one that was keeps its own', async () => {
    const { operation, database } = await creating(store);
    const [before] = (await store.databases.get('default', database.id))?.instances ?? [];
    const id = before?.id ?? '';
    const port = await store.servers.reassignPort(id);
    expect(port).not.toBe(before?.hostPort);
    expect((await store.databases.get('default', database.id))?.instances[0]?.hostPort).toBe(port);
    await store.operations.finish({
      operationId: operation.id,
      outcome: 'succeeded',
      wayBack: 'not_taken',
      error: null,
    });
    await expect(store.servers.reassignPort(id)).rejects.toMatchObject({ code: 'capacity_exhausted' });
    expect((await store.databases.get('default', database.id))?.instances[0]?.hostPort).toBe(port);
  });

  test('another is not to be had when the host is full', async () => {
    const host = testHost(uniqueName(), 35_000, 35_000);
    await store.hosts.register(host);
    const { operation, database } = await acceptedCreate(store);
    const placement = placementOf(database.id, host.id);
    await store.operations.markInstances(await claimed(store, operation), 'creating', [placement]);
    await expect(store.servers.reassignPort(placement.instanceId)).rejects.toMatchObject({
      code: 'capacity_exhausted',
    });
  });
});

describe('the fence', () => {
  const first = (operationId: string, planNumber: number) => ({ operationId, planNumber, ordinal: 1 });

  test('lets a step of the newest plan begin, and begin again', async () => {
    const { operation } = await creating(store);
    const planNumber = await store.operations.recordPlan(operation, smallPlan, aims.requested);
    expect(planNumber).toBe(1);
    await store.steps.start(first(operation.id, planNumber), 1);
    const [started] = await store.steps.list('default', operation.id);
    expect(started).toMatchObject({ name: 'ensureNetwork', resource: 'net', phase: 1, state: 'running', attempts: 1 });
    await store.steps.end(first(operation.id, planNumber), 'waiting', { code: 'backend_busy', message: 'busy' });
    await store.steps.start(first(operation.id, planNumber), 2);
    const [again, other] = await store.steps.list('default', operation.id);
    expect(again).toMatchObject({ state: 'running', attempts: 2, startedAt: started?.startedAt, endedAt: null });
    expect(other).toMatchObject({ name: 'ensureVolume', state: 'pending', attempts: 0 });
  });

  test.each(overtakings)('stops a step once the operation $title', async ({ overtake }) => {
    const { operation } = await creating(store);
    const planNumber = await store.operations.recordPlan(operation, smallPlan, aims.requested);
    await overtake(operation);
    await expect(store.steps.start(first(operation.id, planNumber), 1)).rejects.toMatchObject({
      code: 'superseded',
    });
    expect(await store.steps.list('default', operation.id)).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
    await expect(store.operations.recordPlan(operation, smallPlan, aims.requested)).rejects.toMatchObject({
      code: 'superseded',
    });
  });

  test('stops the steps of an earlier plan', async () => {
    const { operation } = await creating(store);
    const forward = await store.operations.recordPlan(operation, smallPlan, aims.requested);
    const now = await store.operations.load(operation.id);
    const back = await store.operations.recordPlan(now, smallPlan, aims.afterFailure);
    await expect(store.steps.start(first(operation.id, forward), 1)).rejects.toMatchObject({
      code: 'superseded',
    });
    await store.steps.start(first(operation.id, back), 1);
  });

  test('of two attempts at planning that saw the same, one records its plan', async () => {
    const { operation } = await creating(store);
    await store.operations.recordPlan(operation, smallPlan, aims.requested);
    const late = store.operations.recordPlan(operation, smallPlan, aims.requested);
    await expect(late).rejects.toMatchObject({
      code: 'superseded',
      message: expect.stringContaining('has a newer plan'),
    });
    expect(await store.steps.list('default', operation.id)).toHaveLength(2);
  });

  test('once a cancel is accepted, lets nothing pass but the way back', async () => {
    const { operation, database } = await creating(store);
    const forward = await store.operations.recordPlan(operation, smallPlan, aims.requested);
    await store.operations.cancel('default', operation.id, 'ada');
    const placements = [placementOf(database.id, 'host-a')];
    const end = { operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null } as const;
    for (const refused of [
      store.steps.start(first(operation.id, forward), 1),
      store.operations.recordPlan(operation, smallPlan, aims.requested),
      store.operations.markInstances(operation, 'creating', placements),
      store.operations.finish(end),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'cancelled' });
    }
    const now = await store.operations.load(operation.id);
    const back = await store.operations.recordPlan(now, smallPlan, aims.afterCancel);
    await store.operations.markInstances(operation, 'creating', placements);
    await store.steps.start(first(operation.id, back), 1);
  });

  test('a cancel and the step that destroys data never both win', async () => {
    const outcomes = Array.from({ length: 20 }, async () => {
      const { operation } = await creating(store);
      const planNumber = await store.operations.recordPlan(operation, destroyingPlan, aims.requested);
      const results = await Promise.allSettled([
        store.steps.start(first(operation.id, planNumber), 1),
        store.operations.cancel('default', operation.id, 'ada'),
      ]);
      return results.filter(({ status }) => status === 'fulfilled').length;
    });
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set([1]));
  });

  test('stops a step of no plan, and of no operation', async () => {
    const { operation } = await creating(store);
    for (const key of [first(operation.id, 1), first('aaaaaaaaaaaa', 1)]) {
      await expect(store.steps.start(key, 1)).rejects.toMatchObject({ code: 'superseded' });
    }
    await expect(store.operations.load('aaaaaaaaaaaa')).rejects.toMatchObject({ code: 'superseded' });
  });

  test('C17 what each step came to is kept when the plan fails', async () => {
    const { operation } = await creating(store);
    const planNumber = await store.operations.recordPlan(operation, smallPlan, aims.requested);
    const second = { operationId: operation.id, planNumber, ordinal: 2 };
    for (const key of [first(operation.id, planNumber), second]) await store.steps.start(key, 1);
    await store.steps.end(first(operation.id, planNumber), 'succeeded', null);
    await store.steps.end(second, 'failed', { code: 'backend_error', message: 'disk full' });
    await store.operations.recordPlan(await store.operations.load(operation.id), smallPlan, aims.afterCancel);
    const steps = await store.steps.list('default', operation.id);
    expect(steps.map(({ planNumber: plan, state, error }) => ({ plan, state, code: error?.code ?? null }))).toEqual([
      { plan: 1, state: 'succeeded', code: null },
      { plan: 1, state: 'failed', code: 'backend_error' },
      { plan: 2, state: 'pending', code: null },
      { plan: 2, state: 'pending', code: null },
    ]);
    expect(steps[1]?.endedAt).toEqual(expect.any(Date));
  });

  test('a plan made after a cancel shows the operation as cancelling', async () => {
    const { operation } = await creating(store);
    await store.operations.recordPlan(operation, smallPlan, aims.afterCancel);
    const now = await store.operations.load(operation.id);
    expect(now).toMatchObject({ state: 'cancelling', cancelRequestedAt: expect.any(Date) });
  });
});

describe('claiming', () => {
  test('a pending operation is the run’s that claims it, and claiming again is the same', async () => {
    const { operation } = await acceptedCreate(store);
    expect(await store.operations.claim(operation.id, 'run-1', null)).toBe(true);
    const once = await store.operations.load(operation.id);
    expect(once).toMatchObject({ state: 'running', runId: 'run-1', startedAt: expect.any(Date) });
    expect(await store.operations.claim(operation.id, 'run-1', null)).toBe(true);
    expect(await store.operations.load(operation.id)).toEqual(once);
  });

  test('of ten runs at once, one gets it', async () => {
    const { operation } = await acceptedCreate(store);
    const runs = Array.from({ length: 10 }, (_, index) => `run-${index}`);
    const won = await Promise.all(runs.map((runId) => store.operations.claim(operation.id, runId, null)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store.operations.load(operation.id)).runId).toBe(runs[won.indexOf(true)]);
  });

  test.each([
    { title: 'no closed run named', closed: null, taken: false },
    { title: 'another closed run named', closed: 'run-0', taken: false },
    { title: 'its own run named as closed', closed: 'run-2', taken: false },
    { title: 'the run that holds it named as closed', closed: 'run-1', taken: true },
  ])('a claimed one is taken over: $title → $taken', async ({ closed, taken }) => {
    const { operation } = await acceptedCreate(store);
    const before = await claimed(store, operation, 'run-1');
    expect(await store.operations.claim(operation.id, 'run-2', closed)).toBe(taken);
    const after = await store.operations.load(operation.id);
    expect(after).toEqual({ ...before, runId: taken ? 'run-2' : 'run-1' });
  });

  test('taking over does not forget a cancel', async () => {
    const { operation } = await acceptedCreate(store);
    await claimed(store, operation, 'run-1');
    await store.operations.cancel('default', operation.id, 'ada');
    expect(await store.operations.claim(operation.id, 'run-2', 'run-1')).toBe(true);
    expect(await store.operations.load(operation.id)).toMatchObject({ state: 'cancelling', runId: 'run-2' });
  });

  test('a finished or unknown one is nobody’s', async () => {
    const { operation } = await available(store);
    for (const id of [operation.id, 'aaaaaaaaaaaa']) {
      expect(await store.operations.claim(id, 'run-1', 'run-1')).toBe(false);
      expect(await store.operations.claim(id, 'run-2', 'run-1')).toBe(false);
    }
  });
});
