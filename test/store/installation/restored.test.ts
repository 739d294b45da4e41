import { randomUUID } from 'node:crypto';
import {
  accepted,
  acceptedCreate,
  acceptedDelete,
  ada,
  aims,
  available,
  claimed,
  creating,
  openTestStore,
  repairing,
  requestOf,
  smallPlan,
  type TestStore,
} from '../../support/test-store';

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
});
afterEach(() => bench?.close());

const released = { recover: false, incomplete: false } as const;

/** Reports that the bench's only host has been compared. */
async function compared(differences: Parameters<typeof bench.store.installation.reportDifferences>[2] = []) {
  const { store, host } = bench;
  const { epoch } = await store.installation.read();
  await store.reconcilers.report(host.id, {
    ...{ state: 'reporting', reason: 'held', databases: 0, drifted: 0, intervalSeconds: 15 },
  });
  await store.installation.reportDifferences(host.id, epoch, differences);
}

async function change(databaseId: string, kind: 'restart' | 'describe' | 'rotate-credentials', input: object = {}) {
  return accepted(bench.store.operations.change(requestOf(), { kind, databaseId, input, retryOf: null }));
}

test('every open operation ends without a recovery, and its database keeps its data for a person (M54)', async () => {
  const { store } = bench;
  const pendingCreate = await acceptedCreate(store);
  const runningCreate = await creating(store);
  const restart = await change((await available(store)).database.id, 'restart');
  const rotation = await change((await available(store)).database.id, 'rotate-credentials');
  await claimed(store, rotation.operation);
  const repair = await repairing(store, (await available(store)).database.id);
  const remove = await claimed(store, await acceptedDelete(store, (await available(store)).database.id));
  await store.operations.cancel('default', remove.id, 'ada', requestOf());
  const open = [
    pendingCreate.operation,
    runningCreate.operation,
    restart.operation,
    rotation.operation,
    repair,
    remove,
  ];

  const { installation, endedOperations } = await store.installation.restored('disk lost', ada);

  expect(installation).toMatchObject({ epoch: 2, held: { reason: 'disk lost' } });
  expect(endedOperations).toEqual(open.map(({ id }) => id));
  for (const { id, databaseId } of open) {
    const error = { code: 'store_restored' };
    expect(await store.operations.load(id)).toMatchObject({ state: 'failed', error, runId: null });
    expect(await store.databases.find(databaseId)).toMatchObject({ state: 'failed', error });
  }
  expect(await bench.rows(`SELECT 1 FROM operations WHERE state IN ('pending', 'running', 'cancelling')`)).toEqual([]);
  expect(await store.operations.listDueRecoveries()).toEqual([]);
  expect(await bench.rows(`SELECT action, actor FROM audit_entries WHERE action LIKE 'installation.%'`)).toEqual([
    { action: 'installation.restored', actor: 'ada' },
  ]);
});

test('an open change of the record alone leaves its database as it was (M54)', async () => {
  const { store } = bench;
  const { database } = await available(store);
  const { operation } = await change(database.id, 'describe', { description: 'new' });
  await claimed(store, operation);
  await store.operations.markInstances(operation, 'modifying', []);
  await store.installation.restored('disk lost', ada);
  expect(await store.operations.load(operation.id)).toMatchObject({ error: { code: 'store_restored' } });
  expect(await store.databases.find(database.id)).toMatchObject({ state: 'available', error: null, description: '' });
});

test('within one epoch it may be repeated; the next restore raises it again', async () => {
  const { store } = bench;
  const first = await store.installation.restored('disk lost', ada);
  const second = await store.installation.restored('disk lost, backup of Monday', ada);
  expect(second.installation).toEqual({
    ...first.installation,
    held: { since: first.installation.held?.since, reason: 'disk lost, backup of Monday' },
  });
  await store.installation.release(released, ada);
  expect(await store.installation.read()).toMatchObject({ epoch: 2, held: null });
  await expect(store.installation.release(released, ada)).rejects.toMatchObject({ code: 'state_conflict' });
  expect((await store.installation.restored('again', ada)).installation.epoch).toBe(3);
});

test('no step passes the fence while the store is held (M54)', async () => {
  const { store } = bench;
  await store.installation.restored('disk lost', ada);
  // A process that knows nothing of the hold could still accept this.
  const { operation } = await creating(store);
  const planNumber = await store.operations.recordPlan(operation, smallPlan, aims.requested);
  const key = { operationId: operation.id, planNumber, ordinal: 1 };
  await expect(store.steps.start(key, 1)).rejects.toMatchObject({ code: 'store_held' });
  await compared();
  await store.installation.release(released, ada);
  await store.steps.start(key, 1);
});

test('leases of processes before the restore end (M54)', async () => {
  const { store } = bench;
  await available(store);
  const [key, fingerprint] = [randomUUID(), 'one'];
  await store.requests.claim('default', key, fingerprint);
  expect(await store.monitoring.claim(bench.host.id, 10)).toHaveLength(1);
  await bench.rows(`UPDATE health_checks SET next_at = now()`);
  expect(await store.monitoring.claim(bench.host.id, 10)).toEqual([]);
  await store.installation.restored('disk lost', ada);
  expect(await store.monitoring.claim(bench.host.id, 10)).toHaveLength(1);
  expect(await store.requests.claim('default', key, fingerprint)).toMatchObject({ operationId: null });
});

test('a release waits for every host; as incomplete, databases that were not compared fail (M54)', async () => {
  const { store, host } = bench;
  const { database } = await available(store);
  await store.installation.restored('disk lost', ada);
  expect(await store.installation.comparison()).toMatchObject({
    databases: [{ databaseId: database.id, standing: 'not_compared' }],
    hostsNotCompared: [host.id],
  });
  await expect(store.installation.release(released, ada)).rejects.toMatchObject({
    code: 'state_conflict',
    details: { hosts: [host.id] },
  });
  const { failed } = await store.installation.release({ recover: false, incomplete: true }, ada);
  expect(failed).toEqual([database.id]);
  expect(await store.databases.find(database.id)).toMatchObject({
    state: 'failed',
    error: { code: 'store_restored' },
    instances: [{ state: 'failed' }],
  });
});

test('a release fails what has diverged, and with recover makes the rest due (M54)', async () => {
  const { store } = bench;
  const same = await available(store);
  const diverged = await available(store);
  const interrupted = await change((await available(store)).database.id, 'restart');
  const both = await change((await available(store)).database.id, 'restart');
  await store.installation.restored('disk lost', ada);
  await compared(
    [diverged, both].map(({ database: { id: databaseId, tenantId } }) => {
      return { databaseId, tenantId, difference: 'diverged', reason: 'container c was created later' } as const;
    }),
  );
  const changed = await store.installation.release({ recover: true, incomplete: false }, ada);
  expect(changed).toEqual({ failed: [diverged.database.id], recovering: [interrupted.database.id] });
  expect(await store.databases.find(same.database.id)).toMatchObject({ state: 'available' });
  expect(await store.databases.find(diverged.database.id)).toMatchObject({
    state: 'failed',
    error: { code: 'store_restored', message: expect.stringContaining('container c was created later') },
  });
  expect(await store.operations.listDueRecoveries()).toEqual([interrupted.database.id]);
  expect(await bench.rows(`SELECT database_id AS id FROM events WHERE type = 'database.diverged'`)).toEqual([
    { id: diverged.database.id },
  ]);
});

test('what a host found before another restore counts no more', async () => {
  const { store, host } = bench;
  await available(store);
  const { epoch } = (await store.installation.restored('disk lost', ada)).installation;
  await compared();
  await store.installation.release(released, ada);
  await store.installation.restored('again', ada);
  await store.installation.reportDifferences(host.id, epoch, []);
  expect((await store.installation.comparison()).hostsNotCompared).toEqual([host.id]);
});
