import type { OperationRecord } from '../../../store/databases/records';
import { newWebhook } from '../../support/channels';
import {
  accepted,
  acceptedDelete,
  ada,
  available,
  begun,
  carriedOut,
  claimed,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => bench?.close());
afterEach(async () => {
  await store.quotas.setLimits('default', { databases: null, nanoCpus: null, memoryBytes: null }, null, ada);
});

const keeping = { keepSeconds: 3600 };
const problem = { code: 'backend_unavailable', message: 'the host is unavailable' } as const;
const firstPage = { pageSize: 100, pageToken: null };

async function deletedDatabase() {
  const { database } = await available(store);
  await carriedOut(store, database.id, 'delete', keeping);
  return database;
}

const undeleted = (databaseId: string, input: object = {}) =>
  store.operations.change(requestOf(), { kind: 'undelete', databaseId, input, retryOf: null });

/** Everything that lists or counts databases, or what belongs to one. */
async function everything() {
  const host = (await store.hosts.list()).map(({ instances, used }) => ({ instances, used }));
  return {
    databases: (await store.databases.list('default', {}, firstPage)).items.map(({ id }) => id),
    instances: (await store.instances.list('default', {}, firstPage)).items.map(({ id }) => id),
    checks: (await store.healthChecks.list('default', {}, firstPage)).items.map(({ databaseId }) => databaseId),
    summary: (await store.healthChecks.summary('default')).counts,
    checkCounts: await store.healthChecks.counts(),
    counts: (await store.counts.databases()).sort((a, b) => a.state.localeCompare(b.state)),
    quota: (await store.quotas.get('default')).used,
    atRest: (await store.databases.listAtRest('host-a')).map(({ id }) => id).sort(),
    host,
  };
}

test('a deleted database is in no list, count, quota, check, metric or search of databases (M22)', async () => {
  await available(store);
  const before = await everything();
  const { id, name } = await deletedDatabase();
  expect(await everything()).toEqual(before);
  expect(await store.databases.get('default', id)).toBeNull();
  expect((await store.databases.list('default', { name }, firstPage)).items).toEqual([]);
  expect((await store.databases.list('default', { state: 'deleted' }, firstPage)).items).toEqual([]);
  expect(await store.instances.get('default', placementOf(id).instanceId)).toBeNull();
  const [check] = await bench.rows<{ id: string }>('SELECT id FROM health_checks WHERE database_id = $1', [id]);
  expect(await store.healthChecks.get('default', check?.id ?? '')).toBeNull();
  await expect(store.bindings.list('default', check?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
  const [newest] = (await store.databases.listDeleted('default', firstPage)).items;
  expect(newest).toMatchObject({ id, name, state: 'deleted' });
  // What it keeps on its host is no orphan, and its host cannot be removed.
  expect([...(await store.databases.existingAmong([id], 'host-a'))]).toEqual([id]);
  await expect(store.hosts.remove('host-a', null, ada)).rejects.toMatchObject({ code: 'host_in_use' });
});

test('no check of a deleted database is due, and no host raises a notice about it (M22)', async () => {
  const { id } = await deletedDatabase();
  await bench.rows('UPDATE health_checks SET enabled = true, next_at = now() WHERE database_id = $1', [id]);
  const runs = await store.monitoring.claim('host-a', 100);
  expect(runs.map(({ databaseId }) => databaseId)).not.toContain(id);
  await expect(
    store.operations.change(requestOf(), { kind: 'stop', databaseId: id, input: {}, retryOf: null }),
  ).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('its name is free, its ports and its holding are given back, and its secrets and bindings stay', async () => {
  const { id: channelId } = await store.channels.create('default', newWebhook(), ada);
  const { database } = await available(store);
  const { id, name } = database;
  await store.secrets.ensure('default', id, 'owner', () => 'kept');
  await carriedOut(store, id, 'delete', keeping);
  const [instance] = await bench.rows('SELECT host_port, last_port, state FROM instances WHERE database_id = $1', [id]);
  expect(instance).toMatchObject({ host_port: null, last_port: expect.any(Number), state: 'deleted' });
  expect(await bench.rows('SELECT 1 FROM holdings WHERE database_id = $1', [id])).toEqual([]);
  expect((await available(store, { name })).database.name).toBe(name);
  expect(await store.secrets.read(id, 'owner')).toBe('kept');
  const bound = await bench.rows(
    'SELECT 1 FROM notification_bindings JOIN health_checks ON id = health_check_id WHERE database_id = $1 AND channel_id = $2',
    [id, channelId],
  );
  expect(bound).toHaveLength(1);
});

test('an undelete checks quota and capacity again (M20)', async () => {
  const { id } = await deletedDatabase();
  const { used } = await store.quotas.get('default');
  await store.quotas.setLimits('default', { databases: used.databases, nanoCpus: null, memoryBytes: null }, null, ada);
  await expect(undeleted(id)).rejects.toMatchObject({ code: 'quota_exceeded' });
  await store.quotas.setLimits('default', { databases: null, nanoCpus: null, memoryBytes: null }, null, ada);
  await bench.rows('UPDATE hosts SET memory_bytes_capacity = memory_bytes_used');
  await expect(undeleted(id)).rejects.toMatchObject({ code: 'capacity_exhausted' });
  await bench.rows('UPDATE hosts SET memory_bytes_capacity = NULL');
  expect(await store.databases.find(id)).toMatchObject({ state: 'deleted' });
  await accepted(undeleted(id));
  const after = (await store.quotas.get('default')).used;
  expect(after.databases).toBe(used.databases + 1);
});

test('an undelete takes the name when it is accepted, and gives it back when it is cancelled (M20)', async () => {
  const { id, name } = await deletedDatabase();
  const { operation, database } = await accepted(undeleted(id));
  expect(database).toMatchObject({ name, state: 'modifying', deletedAt: null });
  await expect(available(store, { name })).rejects.toMatchObject({ code: 'name_in_use', details: { databaseId: id } });
  await store.operations.cancel('default', operation.id, 'ada');
  expect(await store.databases.find(id)).toMatchObject({ state: 'deleted', deletedAt: expect.any(Date) });
  await available(store, { name });
  await expect(undeleted(id)).rejects.toMatchObject({ code: 'name_in_use' });
  await accepted(undeleted(id, { name: uniqueName() }));
});

test('an undelete whose way back failed keeps the database, with a recovery owed (M20)', async () => {
  const { id } = await deletedDatabase();
  const { operation } = await accepted(undeleted(id));
  const running = await begun(store, await claimed(store, operation));
  await store.operations.markInstances(running, 'modifying', [placementOf(id)]);
  await store.operations.finish({ operationId: operation.id, outcome: 'failed', wayBack: 'failed', error: problem });
  expect(await store.databases.find(id)).toMatchObject({ state: 'failed', owed: { cause: 'way_back' } });
});

const letTimePass = (id: string) => bench.rows('UPDATE databases SET purge_at = now() WHERE id = $1', [id]);

test('a purge is due after its time, not before, and one of several processes accepts it (M21)', async () => {
  const { id } = await deletedDatabase();
  expect(await store.operations.listDuePurges()).not.toContain(id);
  expect(await store.operations.purgeDue(id, 'reconciler')).toBeNull();
  await letTimePass(id);
  expect(await store.operations.listDuePurges()).toContain(id);
  const purges = await Promise.all([1, 2, 3].map(() => store.operations.purgeDue(id, 'reconciler')));
  expect(purges.filter((purge) => purge !== null)).toMatchObject([{ kind: 'purge', formerState: 'deleted' }]);
});

test('an undelete that is open is not overtaken by a purge, nor the other way round (M21)', async () => {
  const { id } = await deletedDatabase();
  await accepted(undeleted(id));
  await letTimePass(id).catch(() => undefined);
  expect(await store.operations.purgeDue(id, 'reconciler')).toBeNull();
  const { id: other } = await deletedDatabase();
  await letTimePass(other);
  const purge = await store.operations.purgeDue(other, 'reconciler');
  await expect(undeleted(other)).rejects.toMatchObject({
    code: 'operation_in_progress',
    details: { operationId: purge?.id },
  });
});

/** A deleted database whose purge has begun a step; returns the purge. */
async function beingPurged(id: string): Promise<OperationRecord> {
  await letTimePass(id);
  const purge = await store.operations.purgeDue(id, 'reconciler');
  if (purge === null) throw new Error('no purge');
  const running = await begun(store, await claimed(store, purge));
  await store.operations.markInstances(running, 'deleting', [placementOf(id)]);
  return running;
}

test('while it is purged a database stays hidden, and a purge that was aborted is tried again later (M21)', async () => {
  const { id } = await deletedDatabase();
  const running = await beingPurged(id);
  expect(await store.databases.get('default', id)).toBeNull();
  await expect(store.operations.cancel('default', running.id, 'ada')).rejects.toMatchObject({
    code: 'not_cancellable',
  });
  expect(await store.operations.abort(running, 'ada', 'aborted by ada')).toBeNull();
  const { state, purgeAt } = (await store.databases.find(id)) ?? {};
  expect(state).toBe('deleted');
  expect(purgeAt?.getTime()).toBeGreaterThan(Date.now());
});

test('a delete destroys at once what has no data, and keeps the data of what has', async () => {
  const { database } = await available(store);
  await bench.rows('UPDATE instances SET initialized_at = NULL WHERE database_id = $1', [database.id]);
  const change = { kind: 'delete', databaseId: database.id, input: keeping, retryOf: null } as const;
  expect((await accepted(store.operations.change(requestOf(), change))).operation.input).toEqual({});
  const { database: other } = await available(store);
  const kept = { ...change, databaseId: other.id };
  expect((await accepted(store.operations.change(requestOf(), kept))).operation.input).toEqual(keeping);
  const { database: third } = await available(store);
  expect((await acceptedDelete(store, third.id)).input).toEqual({});
});

test('a restored store keeps a database deleted that was being purged, and its release leaves deleted ones alone', async () => {
  const { id } = await deletedDatabase();
  await beingPurged(id);
  await store.installation.restored('a disk was lost', ada);
  expect(await store.databases.find(id)).toMatchObject({ state: 'deleted', error: { code: 'store_restored' } });
  const { failed } = await store.installation.release({ recover: false, incomplete: true }, ada);
  expect(failed).not.toContain(id);
  expect(await store.databases.find(id)).toMatchObject({ state: 'deleted' });
});
