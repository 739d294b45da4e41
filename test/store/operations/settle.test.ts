import type { OperationRecord } from '../../../store/databases/records';
import {
  accepted,
  acceptedCreate,
  begun,
  claimed,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
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

const problem = { code: 'not_ready', message: 'the engine did not answer' } as const;
const succeeded = { outcome: 'succeeded', wayBack: 'not_taken', error: null } as const;
const failed = { outcome: 'failed', wayBack: 'done', error: problem } as const;

const placementsOf = (databaseId: string, names: readonly string[]) =>
  names.map((name) => placementOf(databaseId, 'host-a', name));

/** An available database with the instances `primary` and `standby`. */
async function availablePair(): Promise<string> {
  const { operation: pending, database } = await acceptedCreate(store);
  const operation = await claimed(store, pending);
  await store.operations.markInstances(operation, 'creating', placementsOf(database.id, ['primary', 'standby']));
  await store.operations.finish({ operationId: operation.id, ...succeeded });
  return database.id;
}

/** A running operation of this kind, which has marked these instances. */
async function running(kind: 'stop' | 'delete', databaseId: string, names: string[]): Promise<OperationRecord> {
  const change = { kind, databaseId, input: {}, retryOf: null } as const;
  const operation = await claimed(store, (await accepted(store.operations.change(requestOf(), change))).operation);
  const during = kind === 'stop' ? 'modifying' : 'deleting';
  await store.operations.markInstances(operation, during, placementsOf(databaseId, names));
  return begun(store, operation);
}

test.each([
  { word: 'went back', ending: failed, state: 'available', error: null },
  { word: 'could not go back', ending: { ...failed, wayBack: 'failed' as const }, state: 'failed', error: problem },
])('C08 an operation that $word settles the instances it had in progress, and no other', async (row) => {
  const id = await availablePair();
  const operation = await running('stop', id, ['primary', 'standby']);
  const kept = { state: 'failed', error: { code: 'container_exited', message: 'it had failed before' } };
  const values = [`${id}-standby`, kept.state, JSON.stringify(kept.error)];
  await bench.rows('UPDATE instances SET state = $2, error = $3 WHERE id = $1', values);
  await store.operations.finish({ operationId: operation.id, ...row.ending });
  const { state, error } = row;
  const instances = [
    { name: 'primary', state, error },
    { name: 'standby', ...kept },
  ];
  expect(await store.databases.get('default', id)).toMatchObject({ state, error, instances });
});

test('an instance that its operation ended too early to mark follows its database', async () => {
  const id = await availablePair();
  const change = { kind: 'delete', databaseId: id, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), change));
  await begun(store, await claimed(store, operation));
  await store.operations.finish({ operationId: operation.id, ...failed, wayBack: 'not_taken' });
  const state = { state: 'failed', error: problem };
  expect(await store.databases.get('default', id)).toMatchObject({ ...state, instances: [state, state] });
});

async function namesAndStatesOf(databaseId: string): Promise<string[][]> {
  const instances = (await store.databases.get('default', databaseId))?.instances ?? [];
  return instances.map(({ name, state }) => [name, state]);
}

test('C09 the record of an instance that is no longer wanted is gone, and the others stay', async () => {
  const id = await availablePair();
  const operation = await running('stop', id, ['primary']);
  expect(await namesAndStatesOf(id)).toEqual([
    ['primary', 'modifying'],
    ['standby', 'deleting'],
  ]);
  await store.operations.finish({ operationId: operation.id, ...succeeded });
  expect(await namesAndStatesOf(id)).toEqual([['primary', 'stopped']]);
});

test('an instance that was to be removed stays when the operation goes back', async () => {
  const id = await availablePair();
  const operation = await running('stop', id, ['primary']);
  await store.operations.markInstances(operation, 'modifying', placementsOf(id, ['primary', 'standby']));
  await store.operations.finish({ operationId: operation.id, ...failed });
  expect(await namesAndStatesOf(id)).toEqual([
    ['primary', 'available'],
    ['standby', 'available'],
  ]);
});

test('an aborted delete removes no record: it can be requested again, or the database recovered', async () => {
  const id = await availablePair();
  const aborted = await running('delete', id, ['primary', 'standby']);
  expect(await store.operations.abort(aborted, 'sweep', 'its run was terminated')).toBeNull();
  expect(await namesAndStatesOf(id)).toEqual([
    ['primary', 'failed'],
    ['standby', 'failed'],
  ]);
  expect((await store.databases.get('default', id))?.owed).toMatchObject({ cause: 'delete', nextTryAt: null });
});
