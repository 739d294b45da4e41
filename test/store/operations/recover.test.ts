import { createCipher } from '../../../store/connection/cipher';
import type { Finish } from '../../../store/operations/finish';
import { createStore } from '../../../store/store';
import { newWebhook } from '../../support/channels';
import {
  accepted,
  acceptedDelete,
  ada,
  available,
  begun,
  claimed,
  labelEdited,
  openTestStore,
  repairing,
  requestOf,
  secretKey,
  type TestStore,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => bench?.close());

const problem = { code: 'backend_unavailable', message: 'the host is unavailable' } as const;
const cancelled = { code: 'cancelled', message: 'cancelled by ada' } as const;

/** Makes a recovery due that is tried by itself. */
const letTimePass = (databaseId: string) =>
  bench.rows('UPDATE owed SET next_try_at = now() WHERE database_id = $1 AND next_try_at IS NOT NULL', [databaseId]);

const finish = (operationId: string, ending: Omit<Finish, 'operationId'>) =>
  store.operations.finish({ operationId, ...ending });

/** A database whose restart failed, and the way back too; returns the restart. */
async function failedWayBack() {
  const { database } = await available(store);
  const change = { kind: 'restart', databaseId: database.id, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), change));
  const restart = await begun(store, await claimed(store, operation));
  await finish(restart.id, { outcome: 'failed', wayBack: 'failed', error: problem });
  return restart;
}

/** A database that is failed because its repair failed; returns the repair. */
async function failedRepair() {
  const { database } = await available(store);
  const repair = await repairing(store, database.id);
  await finish(repair.id, { outcome: 'failed', wayBack: 'not_taken', error: problem });
  return store.operations.load(repair.id);
}

async function cancelledDelete(databaseId: string, ending: Omit<Finish, 'operationId'>): Promise<void> {
  const { id } = await begun(store, await claimed(store, await acceptedDelete(store, databaseId)));
  await store.operations.cancel('default', id, 'ada');
  await finish(id, ending);
}

/** What can happen to a failed database without touching it. */
const untouching: { title: string; happens: (databaseId: string) => Promise<unknown> }[] = [
  { title: 'a label edit', happens: (id) => labelEdited(store, id) },
  {
    title: 'a label edit whose run was lost',
    async happens(id) {
      const change = { kind: 'describe', databaseId: id, input: { description: 'lost' }, retryOf: null } as const;
      const { operation } = await accepted(store.operations.change(requestOf(), change));
      const lost = await claimed(store, operation);
      expect(await store.operations.abort(lost, 'sweep', 'its run was lost')).toBeNull();
    },
  },
  {
    title: 'a delete cancelled before it began',
    happens: async (id) => store.operations.cancel('default', (await acceptedDelete(store, id)).id, 'ada'),
  },
  {
    title: 'a delete aborted before it began',
    happens: async (id) => store.operations.abort(await acceptedDelete(store, id), 'ada', 'aborted by ada'),
  },
  {
    title: 'a cancelled delete that went back',
    happens: (id) => cancelledDelete(id, { outcome: 'cancelled', wayBack: 'done', error: cancelled }),
  },
  {
    title: 'a cancelled delete that could not go back',
    happens: (id) => cancelledDelete(id, { outcome: 'failed', wayBack: 'failed', error: cancelled }),
  },
];

test.each(untouching)('$title: the way back that failed before it is still taken (M24)', async ({ happens }) => {
  const { id: operationId, databaseId } = await failedWayBack();
  await happens(databaseId);
  await letTimePass(databaseId);
  expect(await store.operations.listDueRecoveries()).toContain(databaseId);
  const recovery = await store.operations.recover(databaseId, 'sweep');
  expect(recovery).toMatchObject({ kind: 'recover', retryOf: operationId, input: { operationId, kind: 'restart' } });
  if (recovery === null) throw new Error('no recovery');
  await claimed(store, recovery);
  await finish(recovery.id, { outcome: 'succeeded', wayBack: 'not_taken', error: null });
  expect(await store.databases.find(databaseId)).toMatchObject({ state: 'available', error: null });
  expect(await store.operations.listDueRecoveries()).not.toContain(databaseId);
});

test.each(untouching)('$title: a repair that failed before it can be retried (M23)', async ({ happens }) => {
  const repair = await failedRepair();
  await happens(repair.databaseId);
  const { operation } = await accepted(store.operations.retry(requestOf(), repair));
  expect(operation).toMatchObject({ kind: 'recover', retryOf: repair.id, input: { kind: 'repair' } });
});

const failedDelete = { outcome: 'failed', wayBack: 'not_taken', error: problem } as const;

test('after a delete that failed, the way back that failed before it is no longer taken', async () => {
  const { databaseId } = await failedWayBack();
  await finish((await begun(store, await claimed(store, await acceptedDelete(store, databaseId)))).id, failedDelete);
  await letTimePass(databaseId);
  expect(await store.operations.listDueRecoveries()).not.toContain(databaseId);
});

test('after a delete that failed, a repair that failed before it can no longer be retried', async () => {
  const repair = await failedRepair();
  const removal = await begun(store, await claimed(store, await acceptedDelete(store, repair.databaseId)));
  await finish(removal.id, failedDelete);
  await expect(store.operations.retry(requestOf(), repair)).rejects.toMatchObject({ code: 'not_retryable' });
});

/** Carries out the recovery of a database that fails, once it is due. */
async function failedRecovery(databaseId: string): Promise<void> {
  await letTimePass(databaseId);
  const recovery = await store.operations.recover(databaseId, 'reconciler');
  if (recovery === null) throw new Error('no recovery');
  await claimed(store, recovery);
  await finish(recovery.id, { outcome: 'failed', wayBack: 'not_taken', error: problem });
}

/** The same store, opened by another process. */
const openedAgain = () =>
  createStore({ databaseUrl: bench.database.url, poolMax: 2, connectTimeoutMs: 5_000 }, createCipher(secretKey));

async function pauseOf(databaseId: string): Promise<number | null> {
  const sql = 'SELECT extract(epoch FROM next_try_at - now())::float8 AS seconds FROM owed WHERE database_id = $1';
  const [row] = await bench.rows<{ seconds: number | null }>(sql, [databaseId]);
  return row?.seconds ?? null;
}

test('of any number of processes one accepts a recovery, and its time is kept over restarts (M28)', async () => {
  const { databaseId } = await failedWayBack();
  await letTimePass(databaseId);
  const others = [1, 2, 3].map(() => openedAgain());
  try {
    const accepts = await Promise.all(others.map((other) => other.operations.recover(databaseId, 'reconciler')));
    const [recovery, ...more] = accepts.filter((one) => one !== null);
    if (recovery === undefined) throw new Error('no recovery');
    expect(more).toEqual([]);
    expect(await others[0]?.operations.listDueRecoveries()).not.toContain(databaseId);
    await claimed(store, recovery);
    await finish(recovery.id, { outcome: 'failed', wayBack: 'not_taken', error: problem });
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
  const { owed } = (await store.databases.find(databaseId)) ?? {};
  expect(owed).toMatchObject({ tries: 1, error: problem, nextTryAt: expect.any(Date) });
  expect(await pauseOf(databaseId)).toBeGreaterThan(1);
  const restarted = openedAgain();
  try {
    expect(await restarted.operations.recover(databaseId, 'reconciler')).toBeNull();
    expect((await restarted.databases.find(databaseId))?.owed).toEqual(owed);
  } finally {
    await restarted.close();
  }
});

test('on a host that has not answered for an hour nothing is tried, and a label edit and a delete are accepted (M29)', async () => {
  const { databaseId } = await failedWayBack();
  await letTimePass(databaseId);
  expect(await store.operations.listDueRecoveries()).toContain(databaseId);
  await bench.rows("UPDATE hosts SET last_seen_at = now() - interval '1 hour'");
  expect(await store.operations.listDueRecoveries()).not.toContain(databaseId);
  await labelEdited(store, databaseId);
  await store.operations.cancel('default', (await acceptedDelete(store, databaseId)).id, 'ada');
  await bench.rows('UPDATE hosts SET last_seen_at = now()');
  expect(await store.operations.listDueRecoveries()).toContain(databaseId);
});

test('a repair that failed is tried again five times by itself, and raises a notice when it failed and at the last (M51)', async () => {
  const { databaseId } = await failedRepair();
  const { id: channelId } = await store.channels.create('default', newWebhook(), ada);
  const sql = `UPDATE notification_bindings SET enabled = true, notices = '{operation.failed,database.repair_given_up}'
    WHERE channel_id = $1`;
  await bench.rows(sql, [channelId]);
  for (const seconds of [60, 240, 600, 1200, 1500]) {
    const pause = await pauseOf(databaseId);
    expect(pause).toBeGreaterThan(seconds - 30);
    expect(pause).toBeLessThanOrEqual(seconds);
    expect(await bench.rows('SELECT 1 FROM notification_notices WHERE database_id = $1', [databaseId])).toEqual([]);
    await failedRecovery(databaseId);
  }
  expect((await store.databases.find(databaseId))?.owed).toMatchObject({ cause: 'repair', tries: 5, nextTryAt: null });
  const notices = await bench.rows('SELECT type FROM notification_notices WHERE database_id = $1', [databaseId]);
  expect(notices).toEqual([{ type: 'database.repair_given_up' }]);
  // After a request, the tries start again.
  const request = { kind: 'recover', databaseId, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), request));
  await claimed(store, operation);
  await finish(operation.id, { outcome: 'failed', wayBack: 'not_taken', error: problem });
  expect((await store.databases.find(databaseId))?.owed).toMatchObject({ tries: 1, nextTryAt: expect.any(Date) });
});

test('a way back that a process of the version before has recorded is taken over', async () => {
  const { id, databaseId } = await failedWayBack();
  const old = { cause: 'way_back', operationId: id, error: problem, tries: 0 };
  await bench.rows('DELETE FROM owed WHERE database_id = $1', [databaseId]);
  await bench.rows('UPDATE databases SET way_back_pending = true WHERE id = $1', [databaseId]);
  await store.operations.adoptWaysBack();
  expect((await store.databases.find(databaseId))?.owed).toMatchObject(old);
  expect(await store.operations.listDueRecoveries()).toContain(databaseId);
  // It also may have brought the database up.
  await bench.rows("UPDATE databases SET state = 'available' WHERE id = $1", [databaseId]);
  await store.operations.adoptWaysBack();
  expect((await store.databases.find(databaseId))?.owed).toBeNull();
});
