import { Client } from 'pg';
import {
  accepted,
  acceptedCreate,
  ada,
  aims,
  begun,
  carriedOut,
  claimed,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
  testHost,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(async () => {
  await bench?.close();
});

/** A new host, whose workers have not been seen for half a minute. */
async function silentHost(): Promise<string> {
  const id = uniqueName();
  await bench.store.hosts.register(testHost(id));
  await bench.rows("UPDATE hosts SET last_seen_at = now() - interval '31 s' WHERE id = $1", [id]);
  return id;
}

/** A create that has begun its first step on a host. */
async function createOn(hostId: string) {
  const { store, rows } = bench;
  const { operation: pending, database } = await acceptedCreate(store);
  const operation = await claimed(store, pending);
  await rows('UPDATE holdings SET host_id = $2 WHERE database_id = $1', [database.id, hostId]);
  await rows(
    'UPDATE hosts SET (nano_cpus_used, memory_bytes_used) = (SELECT nano_cpus, memory_bytes FROM holdings WHERE database_id = $1) WHERE id = $2',
    [database.id, hostId],
  );
  await store.operations.markInstances(operation, 'creating', [placementOf(database.id, hostId)]);
  return { database, operation: await begun(store, operation) };
}

test('from the declaration on, no step of an operation on a lost host begins, and nothing of its run is recorded', async () => {
  const { store } = bench;
  const hostId = await silentHost();
  const { database, operation } = await createOn(hostId);
  const { aborted } = await store.lostHosts.declareLost(hostId, null, ada);
  expect(aborted.map(({ id }) => id)).toEqual([operation.id]);
  const superseded = { code: 'superseded' };
  const { id: operationId, planNumber } = operation;
  await expect(store.steps.start({ operationId, planNumber, ordinal: 2 }, 1)).rejects.toMatchObject(superseded);
  await expect(store.operations.recordPlan(operation, [], aims.afterFailure)).rejects.toMatchObject(superseded);
  await store.operations.finish({ operationId, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  expect(await store.operations.load(operationId)).toMatchObject({ state: 'failed', error: { code: 'aborted' } });
  expect(await store.databases.find(database.id)).toMatchObject({
    state: 'failed',
    owed: { cause: 'host_lost', operationId, nextTryAt: null },
    instances: [{ state: 'failed', initializedAt: null }],
  });
  expect(await store.operations.recover(database.id, 'sweep')).toBeNull();
});

test('a create that had marked its volume as used has data on the lost host, and is not made elsewhere', async () => {
  const { store, rows } = bench;
  const hostId = await silentHost();
  const { database, operation } = await createOn(hostId);
  await rows("UPDATE steps SET name = 'markUsed', state = 'succeeded' WHERE operation_id = $1 AND ordinal = 1", [
    operation.id,
  ]);
  await store.lostHosts.declareLost(hostId, null, ada);
  expect((await store.databases.find(database.id))?.instances[0]?.initializedAt).toEqual(expect.any(Date));
  await expect(store.operations.retry(requestOf(), await store.operations.load(operation.id))).rejects.toMatchObject({
    code: 'host_lost',
  });
});

test('the retry of a create without data is placed on another host, and what the lost one has is an orphan (M43)', async () => {
  const { store } = bench;
  const hostId = await silentHost();
  const { database, operation } = await createOn(hostId);
  await store.lostHosts.declareLost(hostId, null, ada);
  const retry = await accepted(store.operations.retry(requestOf(), await store.operations.load(operation.id)));
  expect(await store.databases.hostIds(database.id)).toEqual([]);
  const placed = await store.placements.place(database.id);
  expect(await store.hosts.find(placed)).toMatchObject({ state: 'ready' });
  expect(await store.hosts.find(hostId)).toMatchObject({ state: 'lost', used: { nanoCpus: 0, memoryBytes: 0 } });
  const placement = placementOf(database.id, placed);
  await store.operations.markInstances(await claimed(store, retry.operation), 'creating', [placement]);
  // What the lost host has of the database is an orphan there.
  expect(await store.databases.existingAmong([database.id], hostId)).toEqual(new Set());
  expect(await store.databases.existingAmong([database.id], placed)).toEqual(new Set([database.id]));
});

test('a deleted database on a lost host stays deleted: it is purged in time, and not undeleted', async () => {
  const { store, rows } = bench;
  const hostId = await silentHost();
  const { database, operation } = await createOn(hostId);
  await store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  await carriedOut(store, database.id, 'delete', { keepSeconds: 3600 });
  await rows('UPDATE databases SET purge_at = now() WHERE id = $1', [database.id]);
  expect(await store.operations.listDuePurges()).not.toContain(database.id);
  await store.lostHosts.declareLost(hostId, null, ada);
  const undelete = { kind: 'undelete', databaseId: database.id, input: {}, retryOf: null } as const;
  await expect(store.operations.change(requestOf(), undelete)).rejects.toMatchObject({ code: 'host_lost' });
  expect(await store.operations.listDuePurges()).toContain(database.id);
  expect(await store.operations.purgeDue(database.id, 'sweep')).toMatchObject({
    kind: 'purge',
    formerState: 'deleted',
  });
});

test('of a declaration and a registration at once, the first wins (M42)', async () => {
  const { store, database, untilWaiting } = bench;
  const [declaredFirst, registeredFirst] = [await silentHost(), await silentHost()];
  const locker = new Client({ connectionString: database.url });
  await locker.connect();
  try {
    // The declaration has changed the host, and has yet to write its audit entry.
    await locker.query('BEGIN; LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE');
    const declared = store.lostHosts.declareLost(declaredFirst, null, ada);
    await untilWaiting(1);
    const registered = store.hosts.register(testHost(declaredFirst));
    const refused = expect(registered).rejects.toMatchObject({ code: 'host_lost' });
    await untilWaiting(2);
    await locker.query('COMMIT');
    expect((await declared).host.state).toBe('lost');
    await refused;

    await locker.query(`BEGIN; UPDATE hosts SET last_seen_at = now() WHERE id = '${registeredFirst}'`);
    const late = store.lostHosts.declareLost(registeredFirst, null, ada);
    const inUse = expect(late).rejects.toMatchObject({ code: 'host_in_use' });
    await untilWaiting(1);
    await locker.query('COMMIT');
    await inUse;
    expect(await store.hosts.find(registeredFirst)).toMatchObject({ state: 'ready', lostAt: null });
  } finally {
    await locker.end();
  }
});

test('declaring and taking back may be repeated, each against the version that was read', async () => {
  const { store, rows } = bench;
  const id = await silentHost();
  const { host } = await store.lostHosts.declareLost(id, null, ada);
  expect(host).toMatchObject({ state: 'lost', lostAt: expect.any(Date) });
  expect((await store.lostHosts.declareLost(id, null, ada)).host.lostAt).toEqual(host.lostAt);
  const stale = { code: 'precondition_failed' };
  await expect(store.lostHosts.takeBack(id, ['another'], ada)).rejects.toMatchObject(stale);
  await store.lostHosts.takeBack(id, null, ada);
  expect(await store.lostHosts.takeBack(id, null, ada)).toMatchObject({ state: 'silent', lostAt: null });
  await expect(store.lostHosts.declareLost('nowhere', null, ada)).rejects.toMatchObject({ code: 'not_found' });
  const entries = await rows('SELECT action FROM audit_entries WHERE resource_id = $1 ORDER BY at', [id]);
  expect(entries).toEqual([{ action: 'host.lost' }, { action: 'host.return' }]);
});
