import type { Room } from '../../../domain/capacity/placement';
import { type Size, sizeClasses } from '../../../domain/spec';
import type { HostPatch } from '../../../store/capacity/hosts';
import type { CreateInput } from '../../../store/operations/create';
import type { Accepted } from '../../../store/operations/insert';
import { expectCounted, holdingOf } from '../../support/holdings';
import {
  accepted,
  acceptedCreate,
  acceptedDelete,
  ada,
  claimed,
  creating,
  inputOf,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
  testHost,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore({ connectTimeoutMs: 20_000 });
  store = bench.store;
});
afterEach(async () => {
  await expectCounted(bench.database.url);
});
afterAll(async () => {
  await bench?.close();
});

const { micro, small, medium, large } = sizeClasses;
const unlimited = { databases: null, nanoCpus: null, memoryBytes: null };
const failed = { outcome: 'failed', wayBack: 'done', error: { code: 'not_ready', message: 'no answer' } } as const;
const succeeded = { outcome: 'succeeded', wayBack: 'not_taken', error: null } as const;

/** A tenant of the test's own, with limits. */
async function newTenant(limits: Partial<typeof unlimited | Record<keyof typeof unlimited, number>>): Promise<string> {
  const { id: tenantId } = await store.tenants.create(uniqueName(), ada);
  await store.quotas.setLimits(tenantId, { ...unlimited, ...limits }, null, ada);
  return tenantId;
}

function create(tenantId: string, changes: Partial<CreateInput> = {}): Promise<Accepted> {
  return store.operations.create(requestOf({ tenantId }), inputOf(changes));
}

function resize(tenantId: string, databaseId: string, size: Size): Promise<Accepted> {
  const change = { kind: 'resize', databaseId, input: { size }, retryOf: null } as const;
  return accepted(store.operations.change(requestOf({ tenantId }), change));
}

/** Carries an accepted operation to its end, on the host where the database is placed. */
async function ended({ operation, database }: Accepted, ending: typeof succeeded | typeof failed): Promise<void> {
  const own = await claimed(store, operation);
  const hostId = await store.placements.place(database.id);
  await store.operations.markInstances(own, 'modifying', [placementOf(database.id, hostId)]);
  await store.operations.finish({ operationId: operation.id, ...ending });
}

async function available(tenantId: string, size: Size): Promise<string> {
  const one = await create(tenantId, { size });
  await ended(one, succeeded);
  return one.database.id;
}

async function usedBy(tenantId: string) {
  return (await store.quotas.get(tenantId)).used;
}

describe('a quota', () => {
  // One without a limit, whatever the tests of hosts have left.
  beforeEach(() => store.hosts.register(testHost(uniqueName())));

  test('is never passed by what is asked at once: of 50 creates against a limit of 10, ten are accepted', async () => {
    const tenantId = await newTenant({ databases: 10 });
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => create(tenantId, { size: large })));
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refusals.map(({ code }) => code)).toEqual(Array.from({ length: 40 }, () => 'quota_exceeded'));
    expect(refusals[0].details).toEqual({ quota: 'databases', used: 10, limit: 10, asked: 1 });
    expect(await usedBy(tenantId)).toEqual({
      databases: 10,
      nanoCpus: 10 * large.nanoCpus,
      memoryBytes: 10 * large.memoryBytes,
    });
    expect(await bench.rows('SELECT 1 FROM databases WHERE tenant_id = $1', [tenantId])).toHaveLength(10);
  });

  test('of one tenant is not used by another', async () => {
    const [one, other] = [await newTenant({ databases: 1 }), await newTenant({ databases: 1 })];
    await create(one);
    await create(other);
    await expect(create(one)).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  test('that was never set is none', async () => {
    expect(await store.quotas.get('nobody')).toEqual({
      limits: unlimited,
      used: { databases: 0, nanoCpus: 0, memoryBytes: 0 },
    });
  });

  test('below what is used takes nothing away, and gives nothing new', async () => {
    const tenantId = await newTenant({});
    const id = await available(tenantId, small);
    await store.quotas.setLimits(tenantId, { databases: 0, nanoCpus: 0, memoryBytes: 0 }, null, ada);
    await expect(create(tenantId)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await ended(await resize(tenantId, id, micro), succeeded);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...micro });
  });

  test('is checked before a resize is recorded (B23)', async () => {
    const tenantId = await newTenant({ memoryBytes: small.memoryBytes + medium.memoryBytes });
    const [id] = [await available(tenantId, small), await available(tenantId, small)];
    const before = await store.databases.get(tenantId, id);
    await expect(resize(tenantId, id, large)).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { quota: 'memoryBytes', asked: large.memoryBytes - small.memoryBytes },
    });
    expect(await store.databases.get(tenantId, id)).toEqual(before);
    const { operation } = await resize(tenantId, id, medium);
    expect(operation.state).toBe('pending');
  });

  test('is taken by a resize when it is accepted, and given back when that fails (B23)', async () => {
    const tenantId = await newTenant({});
    const id = await available(tenantId, small);
    const change = await resize(tenantId, id, medium);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...medium });
    await ended(change, failed);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
  });

  test('stays taken by a resize whose way back failed, until that is done (B23)', async () => {
    const tenantId = await newTenant({});
    const id = await available(tenantId, small);
    await ended(await resize(tenantId, id, medium), { ...failed, wayBack: 'failed' } as never);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...medium });
    const recovery = await store.operations.recover(id, 'sweep');
    await claimed(store, recovery as never);
    await store.operations.finish({ operationId: recovery?.id ?? '', ...succeeded });
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
  });

  test('is given back by a resize that is cancelled before it began (B23)', async () => {
    const tenantId = await newTenant({});
    const id = await available(tenantId, small);
    const { operation } = await resize(tenantId, id, medium);
    await store.operations.cancel(tenantId, operation.id, 'ada');
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
  });

  test('is given back by a smaller size only when that is reached (B23)', async () => {
    const tenantId = await newTenant({});
    const id = await available(tenantId, medium);
    const change = await resize(tenantId, id, small);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...medium });
    await ended(change, succeeded);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
  });

  test('is given back by a create that fails, and taken by its retry if it is still there', async () => {
    const tenantId = await newTenant({ databases: 1 });
    const first = await create(tenantId);
    await ended(first, failed);
    expect(await holdingOf(bench.database.url, first.database.id)).toBeUndefined();
    const second = await create(tenantId);
    const { input, databaseId, id } = first.operation;
    const retry = { kind: 'create', databaseId, input, retryOf: id } as const;
    await expect(store.operations.change(requestOf({ tenantId }), retry)).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    await store.operations.cancel(tenantId, second.operation.id, 'ada');
    await ended(await accepted(store.operations.change(requestOf({ tenantId }), retry)), succeeded);
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
  });

  test('is given back by an abort of a create once it is cleared up', async () => {
    const { operation, database } = await creating(store);
    const recovery = await store.operations.abort(operation, 'ada', 'gone');
    expect(await holdingOf(bench.database.url, database.id)).toMatchObject(small);
    await claimed(store, recovery as never);
    await store.operations.finish({ operationId: recovery?.id ?? '', ...succeeded });
    expect(await holdingOf(bench.database.url, database.id)).toBeUndefined();
  });

  test('is given back by a delete when it is done, and kept by one that fails', async () => {
    const one = await creating(store);
    await store.operations.finish({ operationId: one.operation.id, ...succeeded });
    const { id } = one.database;
    const removal = await claimed(store, await acceptedDelete(store, id));
    await store.operations.finish({ operationId: removal.id, ...failed, wayBack: 'not_taken' });
    expect(await holdingOf(bench.database.url, id)).toMatchObject(small);
    const again = await claimed(store, await acceptedDelete(store, id));
    await store.operations.finish({ operationId: again.id, ...succeeded });
    expect(await holdingOf(bench.database.url, id)).toBeUndefined();
  });
});

describe('a host', () => {
  /** Hosts that alone are not cordoned. */
  async function onlyHosts(...settings: HostPatch[]): Promise<string[]> {
    for (const { id } of await store.hosts.list()) await store.hosts.change(id, { cordoned: true }, null, ada);
    const ids = settings.map(() => uniqueName());
    for (const [index, id] of ids.entries()) {
      await store.hosts.register(testHost(id));
      await store.hosts.change(id, settings[index] ?? {}, null, ada);
    }
    return ids;
  }

  async function hostOf(id: string): Promise<Room | null> {
    return store.hosts.find(id);
  }

  const room = (size: Size, times: number) => ({
    capacity: { nanoCpus: size.nanoCpus * times, memoryBytes: size.memoryBytes * times },
  });

  test('with the most free memory gets the next database, which keeps its place', async () => {
    const [tight = '', roomy = ''] = await onlyHosts(room(small, 2), room(small, 3));
    const { database } = await acceptedCreate(store);
    expect(await store.placements.place(database.id)).toBe(roomy);
    expect(await hostOf(roomy)).toMatchObject({ used: small });
    await store.hosts.change(roomy, { cordoned: true }, null, ada);
    expect(await store.placements.place(database.id)).toBe(roomy);
    expect(await hostOf(tight)).toMatchObject({ used: { nanoCpus: 0, memoryBytes: 0 } });
  });

  test('is never filled beyond its capacity by what is placed at once', async () => {
    const ids = await onlyHosts(room(small, 5), room(small, 5));
    const databases = await Promise.all(Array.from({ length: 10 }, () => acceptedCreate(store)));
    // Asked for while there was room, and more than there is by now.
    for (const id of ids) await store.hosts.change(id, room(small, 3), null, ada);
    const answers = await Promise.allSettled(databases.map(({ database }) => store.placements.place(database.id)));
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refusals).toHaveLength(4);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        code: 'capacity_exhausted',
        details: { asked: small, mostFree: { nanoCpus: 0, memoryBytes: 0 } },
      });
    }
    for (const id of ids)
      expect((await hostOf(id))?.used).toEqual({ nanoCpus: 3 * small.nanoCpus, memoryBytes: 3 * small.memoryBytes });
  });

  test('that has no room refuses a create before it is recorded, with what is free', async () => {
    await onlyHosts(room(small, 1));
    const name = uniqueName();
    await expect(acceptedCreate(store, { name, size: medium })).rejects.toMatchObject({
      code: 'capacity_exhausted',
      details: { asked: medium, mostFree: small },
    });
    expect(await bench.rows('SELECT 1 FROM databases WHERE name = $1', [name])).toEqual([]);
  });

  test('that is full refuses a resize before it is recorded; one that is cordoned does not (B23)', async () => {
    const [id = ''] = await onlyHosts(room(small, 2));
    const tenantId = await newTenant({});
    const databaseId = await available(tenantId, small);
    await store.hosts.change(id, { cordoned: true }, null, ada);
    await expect(resize(tenantId, databaseId, large)).rejects.toMatchObject({
      code: 'capacity_exhausted',
      details: { mostFree: small },
    });
    expect(await usedBy(tenantId)).toEqual({ databases: 1, ...small });
    await ended(await resize(tenantId, databaseId, medium), succeeded);
    expect(await hostOf(id)).toMatchObject({ used: medium });
  });

  test('that is cordoned gets nothing new, also no create that is tried again', async () => {
    const [former = '', other = ''] = await onlyHosts({}, { cordoned: true });
    const one = await acceptedCreate(store);
    await ended(one, failed);
    await store.hosts.change(former, { cordoned: true }, null, ada);
    await expect(acceptedCreate(store)).rejects.toMatchObject({ code: 'capacity_exhausted' });
    await store.hosts.change(other, { cordoned: false }, null, ada);
    const { input, databaseId, id } = one.operation;
    const retry = { kind: 'create', databaseId, input, retryOf: id } as const;
    await ended(await accepted(store.operations.change(requestOf(), retry)), succeeded);
    const database = await store.databases.get('default', databaseId);
    expect(database?.instances).toMatchObject([{ hostId: other, state: 'available' }]);
    expect(await hostOf(former)).toMatchObject({ instances: 0, used: { memoryBytes: 0 } });
  });

  test('that no worker has registered gets nothing', async () => {
    const [registered] = await onlyHosts({ capacity: { memoryBytes: small.memoryBytes } });
    const { agentUrl: _none, ...announced } = testHost(uniqueName());
    const settings = { labels: {}, capacity: { nanoCpus: null, memoryBytes: null }, cordoned: false };
    await store.hosts.create({ ...announced, ...settings }, ada);
    const { database } = await acceptedCreate(store);
    expect(await store.placements.place(database.id)).toBe(registered);
    await expect(acceptedCreate(store)).rejects.toMatchObject({ code: 'capacity_exhausted' });
  });

  test('keeps what an administrator has set when its worker registers', async () => {
    const { agentUrl, ...announced } = testHost(uniqueName());
    const settings = { labels: { rack: '7' }, capacity: { nanoCpus: 1, memoryBytes: 2 }, cordoned: true };
    await store.hosts.create({ ...announced, ...settings }, ada);
    await store.hosts.register({ ...announced, agentUrl, portFrom: 30_000, portTo: 30_009 });
    expect(await store.hosts.find(announced.id)).toMatchObject({ ...settings, agentUrl, portFrom: 30_000 });
    await expect(store.hosts.create({ ...announced, ...settings }, ada)).rejects.toMatchObject({ code: 'name_in_use' });
  });

  describe('keeps its engine (M37)', () => {
    const engineOf = async (id: string) => (await store.hosts.find(id))?.engineId;

    test('from the first registration on; another one is refused and changes nothing', async () => {
      const host = testHost(uniqueName());
      await store.hosts.register(host);
      expect(await engineOf(host.id)).toBeNull();
      await store.hosts.register(host, 'engine-1');
      // A worker whose engine does not answer, and a second worker with the same engine.
      await store.hosts.register(host);
      await store.hosts.register(host, 'engine-1');
      expect(await engineOf(host.id)).toBe('engine-1');
      const before = await store.hosts.find(host.id);
      await expect(store.hosts.register({ ...host, address: '10.9.9.9' }, 'engine-2')).rejects.toMatchObject({
        code: 'engine_changed',
        details: { hostId: host.id, engineId: 'engine-2' },
      });
      expect(await store.hosts.find(host.id)).toEqual(before);
    });

    test('until somebody says that it was replaced', async () => {
      const host = testHost(uniqueName());
      await store.hosts.register(host, 'engine-1');
      await store.hosts.replaceEngine(host.id, ada);
      await store.hosts.register(host, 'engine-2');
      expect(await engineOf(host.id)).toBe('engine-2');
      await expect(store.hosts.register(host, 'engine-1')).rejects.toMatchObject({ code: 'engine_changed' });
      await expect(store.hosts.replaceEngine('nowhere', ada)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('when two register at once, the first', async () => {
      const host = testHost(uniqueName());
      const engines = ['engine-1', 'engine-2', 'engine-3', 'engine-4'];
      const results = await Promise.allSettled(engines.map((engine) => store.hosts.register(host, engine)));
      const registered = engines.filter((_engine, index) => results[index]?.status === 'fulfilled');
      expect(registered).toEqual([await engineOf(host.id)]);
    });
  });

  test('with an instance, or one on its way to it, is not forgotten', async () => {
    const [id = ''] = await onlyHosts({});
    const one = await acceptedCreate(store);
    await store.placements.place(one.database.id);
    const inUse = { code: 'host_in_use', details: { instances: 1 } };
    await expect(store.hosts.remove(id, null, ada)).rejects.toMatchObject(inUse);
    await ended(one, failed);
    await expect(store.hosts.remove(id, null, ada)).rejects.toMatchObject(inUse);
    const removal = await claimed(store, await acceptedDelete(store, one.database.id));
    await store.operations.finish({ operationId: removal.id, ...succeeded });
    await store.hosts.remove(id, null, ada);
    expect(await store.hosts.find(id)).toBeNull();
    await expect(store.hosts.remove(id, null, ada)).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a database that holds nothing any more is not placed', async () => {
  const { operation, database } = await acceptedCreate(store).catch(async () => {
    await store.hosts.register(testHost(uniqueName()));
    return acceptedCreate(store);
  });
  await store.operations.cancel('default', operation.id, 'ada');
  await expect(store.placements.place(database.id)).rejects.toMatchObject({ code: 'superseded' });
});
