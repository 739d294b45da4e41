import { checkError } from '../../../domain/health/check-errors';
import type { CheckRun } from '../../../store/health/monitoring';
import type { Observation } from '../../../store/health/observations';
import { available, carriedOut, labelEdited, openTestStore, repaired, type TestStore } from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => bench?.close());

const failure = { error: checkError('connection_refused', 'connect ECONNREFUSED 127.0.0.1:20000'), latencyMs: 1 };

/** A new database that works, with no other database's check due. */
async function workingDatabase(): Promise<string> {
  await bench.rows('UPDATE health_checks SET enabled = false');
  return (await available(store)).database.id;
}

async function claimedRun(databaseId: string): Promise<CheckRun> {
  await bench.rows('UPDATE health_checks SET next_at = now() WHERE database_id = $1', [databaseId]);
  const [run] = await store.monitoring.claim('host-a', 1);
  if (run?.databaseId !== databaseId) throw new Error(`the check of ${databaseId} was not claimed`);
  return run;
}

const probeFails = async (databaseId: string) => store.monitoring.record(await claimedRun(databaseId), failure);

async function standingOf(databaseId: string): Promise<object | undefined> {
  const sql = 'SELECT state, failures FROM health_checks WHERE database_id = $1';
  return (await bench.rows(sql, [databaseId]))[0];
}

test('six failed probes with a label edit after each: down at the third (M30)', async () => {
  const id = await workingDatabase();
  const edges = [];
  for (let count = 1; count <= 6; count += 1) {
    edges.push(await probeFails(id));
    await labelEdited(store, id);
  }
  expect(edges).toEqual([null, null, 'down', null, null, null]);
  expect(await standingOf(id)).toEqual({ state: 'down', failures: 6 });
});

test('the result of a probe counts although a label was edited during it (M30)', async () => {
  const id = await workingDatabase();
  const run = await claimedRun(id);
  await labelEdited(store, id);
  await store.monitoring.record(run, failure);
  expect(await standingOf(id)).toEqual({ state: 'unknown', failures: 1 });
});

test('after an operation that disrupts between two probes, failures are counted from zero (M31)', async () => {
  const id = await workingDatabase();
  for (const _ of [1, 2]) await probeFails(id);
  expect(await standingOf(id)).toEqual({ state: 'unknown', failures: 2 });
  await carriedOut(store, id, 'restart');
  const edges = [];
  for (const failures of [1, 2, 3]) {
    edges.push(await probeFails(id));
    expect(await standingOf(id)).toMatchObject({ failures });
  }
  expect(edges).toEqual([null, null, 'down']);
});

/** What is observed of a database whose container started at this second. */
async function observationOf(databaseId: string, startedAtSeconds: number): Promise<Observation> {
  const database = await store.databases.find(databaseId);
  if (database === null) throw new Error(`there is no database ${databaseId}`);
  return {
    instanceId: `${databaseId}-primary`,
    disruption: database.disruption,
    state: 'healthy',
    intervalSeconds: 15,
    detail: null,
    containerState: 'running',
    exitCode: null,
    oomKilled: false,
    oomKilledAt: null,
    startedAt: new Date(startedAtSeconds * 1000),
    pendingRestart: [],
  };
}

const statusOf = async (databaseId: string) => (await store.databases.find(databaseId))?.instances[0]?.status;

/** How many restarts are recorded once the container was seen with this start. */
async function restartsOnceSeen(databaseId: string, startedAtSeconds: number): Promise<number | undefined> {
  await store.observations.observe([await observationOf(databaseId, startedAtSeconds)], 0);
  return (await statusOf(databaseId))?.restarts;
}

test('restarts count nothing by a label edit, and every start past Slipway (M32)', async () => {
  const id = await workingDatabase();
  expect(await restartsOnceSeen(id, 1)).toBe(0);
  await labelEdited(store, id);
  expect(await restartsOnceSeen(id, 1)).toBe(0);
  await labelEdited(store, id);
  expect(await restartsOnceSeen(id, 2)).toBe(1);
  await carriedOut(store, id, 'restart');
  await labelEdited(store, id);
  expect(await restartsOnceSeen(id, 3)).toBe(1);
  expect(await restartsOnceSeen(id, 4)).toBe(2);
  await repaired(store, id);
  await labelEdited(store, id);
  expect(await restartsOnceSeen(id, 5)).toBe(3);
});

test('what was seen before an operation is written after a label edit, and not after a disruption (M30, M32)', async () => {
  const id = await workingDatabase();
  const seen = await observationOf(id, 1);
  await labelEdited(store, id);
  await store.observations.observe([seen], 0);
  expect(await statusOf(id)).toMatchObject({ detail: null });
  await carriedOut(store, id, 'restart');
  await store.observations.observe([{ ...seen, detail: 'slow' }], 0);
  expect(await statusOf(id)).toMatchObject({ detail: null });
});

test('five repairs count together although a label was edited after each; a requested restart begins a new count', async () => {
  const id = await workingDatabase();
  for (let count = 1; count <= 5; count += 1) {
    await repaired(store, id);
    await labelEdited(store, id);
  }
  const accepted = async () => {
    const database = await store.databases.find(id);
    return database && store.operations.repair(database, { reasons: ['gone'] }, 'reconciler');
  };
  expect(await accepted()).toBe('exhausted');
  await carriedOut(store, id, 'restart');
  expect(await accepted()).toMatchObject({ kind: 'repair', state: 'pending' });
});
