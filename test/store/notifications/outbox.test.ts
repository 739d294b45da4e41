import type { NoticeType } from '../../../domain/notifications/notices';
import { createClient, type StoreClient } from '../../../store/connection/client';
import type { PrismaClient } from '../../../store/connection/executor';
import { createTenantScope } from '../../../store/connection/tenant-scope';
import { raise } from '../../../store/notifications/notices';
import { newWebhook } from '../../support/channels';
import { ada, inputOf, openTestStore, requestOf, type TestStore, uniqueName } from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
let prisma: PrismaClient;
let client: StoreClient;
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
  client = createClient({ databaseUrl: bench.database.url, poolMax: 5, connectTimeoutMs: 5_000 });
  ({ prisma } = client);
});
afterAll(async () => {
  await client?.close();
  await bench?.close();
});

/** A tenant of its own with so many databases, told of to one channel. */
async function tenantWith(databases: number): Promise<{ tenantId: string; channelId: string; databaseIds: string[] }> {
  const tenantId = (await store.tenants.create(uniqueName(), ada)).id;
  const { id: channelId } = await store.channels.create(tenantId, newWebhook(), ada);
  const databaseIds: string[] = [];
  for (let made = 0; made < databases; made += 1) {
    databaseIds.push((await store.operations.create(requestOf({ tenantId }), inputOf())).database.id);
  }
  return { tenantId, channelId, databaseIds };
}

const tell = (tenantId: string, databaseId: string | undefined, type: NoticeType) =>
  prisma.$transaction((tx) => raise(tx, { tenantId, databaseId: databaseId ?? null, type, data: {} }, new Date()));

/** As if the time to gather were over. */
async function gather(): Promise<void> {
  await bench.rows(
    "UPDATE notification_notices SET created_at = created_at - interval '1 minute' WHERE delivery_id IS NULL",
  );
  await store.outbox.gather();
}

const messages = async (tenantId: string, channelId: string) =>
  (await store.deliveries.list(tenantId, channelId, { pageSize: 200, pageToken: null })).items
    .map(({ id, type, state, notices }) => ({
      id,
      type,
      state,
      databaseIds: notices.map(({ databaseId }) => databaseId),
    }))
    .reverse();

const waiting = async (channelId: string) =>
  (await bench.rows('SELECT 1 FROM notification_notices WHERE channel_id = $1 AND delivery_id IS NULL', [channelId]))
    .length;

test('what is raised in a transaction that fails is told to nobody', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(1);
  const failing = prisma.$transaction(async (tx) => {
    await raise(tx, { tenantId, databaseId: databaseIds[0] ?? '', type: 'database.down', data: {} }, new Date());
    throw new Error('killed before the commit');
  });
  await expect(failing).rejects.toThrow(/killed/);
  await gather();
  expect(await messages(tenantId, channelId)).toEqual([]);
});

test('what is raised for a tenant, behind the second wall, reaches its own channels alone (A03)', async () => {
  const [mine, other] = [await tenantWith(1), await tenantWith(1)];
  const asTenant = createTenantScope(prisma);
  const tellFrom = (tenantId: string, databaseId = '') =>
    asTenant(mine.tenantId, (tx) => raise(tx, { tenantId, databaseId, type: 'database.down', data: {} }, new Date()));
  await tellFrom(mine.tenantId, mine.databaseIds[0]);
  await expect(tellFrom(other.tenantId, other.databaseIds[0])).rejects.toThrow(/row-level security/);
  expect([await waiting(mine.channelId), await waiting(other.channelId)]).toEqual([1, 0]);
});

test('a lost host is one message that lists all that is down, and not fifty', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(12);
  await Promise.all(databaseIds.map((id) => tell(tenantId, id, 'database.down')));
  await gather();
  const [message, ...others] = await messages(tenantId, channelId);
  expect(others).toEqual([]);
  expect([...(message?.databaseIds ?? [])].sort()).toEqual([...databaseIds].sort());
});

test('the first waits a little for others, and no longer', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(1);
  await tell(tenantId, databaseIds[0], 'database.down');
  // As if it were told just now, however long that took.
  const young = "UPDATE notification_notices SET created_at = now() + interval '30 seconds' WHERE channel_id = $1";
  await bench.rows(young, [channelId]);
  await store.outbox.gather();
  expect(await waiting(channelId)).toBe(1);
  await gather();
  expect(await waiting(channelId)).toBe(0);
});

test('nobody hears of a recovery before the failure, nor while it is on its way', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(2);
  const [first, second] = databaseIds;
  await tell(tenantId, first, 'database.down');
  await tell(tenantId, first, 'database.recovered');
  await tell(tenantId, first, 'database.down');
  await tell(tenantId, second, 'database.recovered');
  const kinds = async () => (await messages(tenantId, channelId)).map(({ type, databaseIds: ids }) => [type, ids]);
  await gather();
  const begun = [
    ['database.down', [first]],
    ['database.recovered', [second]],
  ];
  expect((await kinds()).sort()).toEqual(begun.sort());
  await gather();
  expect(await kinds()).toHaveLength(2);
  for (const expected of [3, 4]) {
    for (const { id, state } of await messages(tenantId, channelId))
      if (state === 'pending') await store.deliveries.delivered(id);
    await gather();
    expect(await kinds()).toHaveLength(expected);
  }
  const order = (await messages(tenantId, channelId)).filter(({ databaseIds: ids }) => ids.includes(first ?? ''));
  expect(order.map(({ type }) => type)).toEqual(['database.down', 'database.recovered', 'database.down']);
});

test('more than a message lists come in the next, none twice and none lost', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(1);
  // Of objects without a record, of which there may be any number.
  for (let told = 0; told < 60; told += 1) await tell(tenantId, `orphan${told}`, 'orphan.found');
  await tell(tenantId, databaseIds[0], 'database.down');
  await gather();
  await gather();
  const told = (await messages(tenantId, channelId)).filter(({ type }) => type === 'orphan.found');
  expect(told.map(({ databaseIds: ids }) => ids.length)).toEqual([50, 10]);
  expect(new Set(told.flatMap(({ databaseIds: ids }) => ids)).size).toBe(60);
});

test('two that gather at once make each message once', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(6);
  for (const id of databaseIds) await tell(tenantId, id, 'database.repaired');
  await bench.rows(
    "UPDATE notification_notices SET created_at = created_at - interval '1 minute' WHERE delivery_id IS NULL",
  );
  await Promise.all([store.outbox.gather(), store.outbox.gather(), store.outbox.gather()]);
  expect(await messages(tenantId, channelId)).toHaveLength(1);
});

test('only what a binding chooses is told, of the tenant’s own databases, to channels that are enabled (E18)', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(2);
  const [chosen = '', other = ''] = databaseIds;
  const checkOf = async (id: string) =>
    (await bench.rows<{ id: string }>('SELECT id FROM health_checks WHERE database_id = $1', [id]))[0]?.id ?? '';
  const binding = { channelId, notices: ['database.down'] as const, enabled: true };
  await store.bindings.replace(tenantId, await checkOf(chosen), [binding], null, ada);
  await store.bindings.replace(tenantId, await checkOf(other), [{ ...binding, enabled: false }], null, ada);
  await tell(tenantId, chosen, 'database.recovered');
  await tell(tenantId, other, 'database.down');
  await tell('default', chosen, 'database.down');
  expect(await waiting(channelId)).toBe(0);
  await tell(tenantId, chosen, 'database.down');
  expect(await waiting(channelId)).toBe(1);
  await store.channels.change(tenantId, channelId, { enabled: false }, null, ada);
  await tell(tenantId, chosen, 'database.down');
  expect(await waiting(channelId)).toBe(1);
});

test('a channel that is removed while something is told takes nothing with it that it is not', async () => {
  const { tenantId, channelId, databaseIds } = await tenantWith(1);
  const told = Array.from({ length: 20 }, () => tell(tenantId, databaseIds[0], 'database.down'));
  await Promise.all([...told, store.channels.remove(tenantId, channelId, null, ada)]);
  const events = await bench.rows("SELECT 1 FROM events WHERE database_id = $1 AND type = 'database.down'", [
    databaseIds[0],
  ]);
  expect(events).toHaveLength(20);
});

describe('what happens to operations and beside them is told', () => {
  const typesOf = async (channelId: string) =>
    (
      await bench.rows<{ type: string }>(
        'SELECT type FROM notification_notices WHERE channel_id = $1 ORDER BY sequence',
        [channelId],
      )
    ).map(({ type }) => type);

  async function open() {
    const tenantId = (await store.tenants.create(uniqueName(), ada)).id;
    const { id: channelId } = await store.channels.create(tenantId, newWebhook(), ada);
    const { operation, database } = await store.operations.create(requestOf({ tenantId }), inputOf());
    return { tenantId, channelId, operation, database };
  }

  test('an operation that fails, but not what clears up after it', async () => {
    const { channelId, operation } = await open();
    await bench.rows("UPDATE operations SET state = 'running', run_id = 'run' WHERE id = $1", [operation.id]);
    const recovery = await store.operations.abort(operation, 'reconciler', 'its run is gone');
    await store.operations.abort(recovery ?? operation, 'reconciler', 'again');
    expect(await typesOf(channelId)).toEqual(['operation.failed']);
  });

  test('an operation of which nothing begins or ends for its deadline, once, whoever looks', async () => {
    const { channelId, operation } = await open();
    expect(await store.operations.reportStuck(60_000)).not.toContain(operation.id);
    await bench.rows("UPDATE operations SET created_at = now() - interval '2 minutes' WHERE id = $1", [operation.id]);
    const reports = await Promise.all([store.operations.reportStuck(60_000), store.operations.reportStuck(60_000)]);
    expect(reports.flat().filter((id) => id === operation.id)).toHaveLength(1);
    expect(await typesOf(channelId)).toEqual(['operation.stuck']);
  });

  test('a sidecar that does not serve, once until it does again', async () => {
    const { tenantId, channelId, database } = await open();
    const instanceId = `${database.id}-primary`;
    await bench.rows(
      `INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, host_port, created_at, updated_at)
       VALUES ($1, $2, $3, 'host-a', 'primary', 'primary', 'available', 29000, now(), now())`,
      [instanceId, database.id, tenantId],
    );
    const name = `pooler-${database.id}`;
    await store.sidecars.address({ instanceId, role: 'pooler' }, name);
    await store.sidecars.markDead([name]);
    await store.sidecars.markDead([name]);
    expect(await typesOf(channelId)).toEqual(['sidecar.degraded']);
    await store.sidecars.markServing({ instanceId, role: 'pooler' });
    await store.sidecars.warn('none', name, { code: 'not_ready', message: 'no answer' });
    expect(await typesOf(channelId)).toEqual(['sidecar.degraded', 'sidecar.degraded']);
  });

  test('an orphan, to channels that want to know', async () => {
    const { tenantId, channelId } = await open();
    await store.channels.create(tenantId, newWebhook({ onOrphanFound: false }), ada);
    const orphan = {
      tenantId,
      databaseId: 'nobodyshere2',
      kind: 'volume',
      name: `slw-${tenantId}`,
      confirmed: true,
    } as const;
    await store.observations.replaceOrphans('host-a', [orphan]);
    await store.observations.replaceOrphans('host-a', [orphan]);
    expect(await typesOf(channelId)).toEqual(['orphan.found']);
    expect(
      await bench.rows("SELECT 1 FROM notification_notices WHERE tenant_id = $1 AND type = 'orphan.found'", [tenantId]),
    ).toHaveLength(1);
  });
});
