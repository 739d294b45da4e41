import type { Finish } from '../../../store/operations/finish';
import {
  accepted,
  acceptedDelete,
  available,
  claimed,
  labelEdited,
  openTestStore,
  repairing,
  requestOf,
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

const finish = (operationId: string, ending: Omit<Finish, 'operationId'>) =>
  store.operations.finish({ operationId, ...ending });

/** A database whose restart failed, and the way back too; returns the restart. */
async function failedWayBack() {
  const { database } = await available(store);
  const change = { kind: 'restart', databaseId: database.id, input: {}, retryOf: null } as const;
  const restart = await claimed(store, (await accepted(store.operations.change(requestOf(), change))).operation);
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
  const { id } = await claimed(store, await acceptedDelete(store, databaseId));
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
      const recovery = await store.operations.abort(await claimed(store, operation), 'sweep', 'its run was lost');
      if (recovery === null) throw new Error('no recovery');
      await claimed(store, recovery);
      await finish(recovery.id, { outcome: 'succeeded', wayBack: 'not_taken', error: null });
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
  // Whatever delay a recovery of the label edit causes is over.
  const sql = "UPDATE operations SET ended_at = ended_at - interval '1 minute' WHERE database_id = $1";
  await bench.rows(sql, [databaseId]);
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
  expect(await store.operations.listDueRecoveries()).not.toContain(repair.databaseId);
  const { operation } = await store.operations.retryRepair(requestOf(), repair);
  expect(operation).toMatchObject({ kind: 'repair', retryOf: repair.id, formerState: 'available' });
});

const failedDelete = { outcome: 'failed', wayBack: 'not_taken', error: problem } as const;

test('after a delete that failed, the way back that failed before it is no longer taken', async () => {
  const { databaseId } = await failedWayBack();
  await finish((await claimed(store, await acceptedDelete(store, databaseId))).id, failedDelete);
  expect(await store.operations.listDueRecoveries()).not.toContain(databaseId);
});

test('after a delete that failed, a repair that failed before it can no longer be retried', async () => {
  const repair = await failedRepair();
  await finish((await claimed(store, await acceptedDelete(store, repair.databaseId))).id, failedDelete);
  await expect(store.operations.retryRepair(requestOf(), repair)).rejects.toMatchObject({ code: 'not_retryable' });
});
