import { randomBytes } from 'node:crypto';
import { createCipher } from '../../../store/connection/cipher';
import { createStore } from '../../../store/store';
import { newWebhook, webhookSecret } from '../../support/channels';
import {
  ada,
  inputOf,
  openTestStore,
  requestOf,
  secretKey,
  type TestStore,
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

const newDatabase = async (tenantId = 'default') =>
  (await store.operations.create(requestOf({ tenantId }), inputOf())).database.id;

async function checkOf(databaseId: string): Promise<string> {
  const [row] = await bench.rows<{ id: string }>('SELECT id FROM health_checks WHERE database_id = $1', [databaseId]);
  return row?.id ?? '';
}

const bindingsOf = async (tenantId: string, databaseId: string) =>
  store.bindings.list(tenantId, await checkOf(databaseId));

async function newTenant(): Promise<string> {
  return (await store.tenants.create(uniqueName(), ada)).id;
}

test('what is secret of a channel is sealed at rest, and in nothing that is read (E24)', async () => {
  const channel = await store.channels.create('default', newWebhook(), ada);
  expect(JSON.stringify(channel)).not.toContain('whsec_');
  const [row] = await bench.rows('SELECT * FROM notification_channels WHERE id = $1', [channel.id]);
  expect(JSON.stringify(row)).not.toContain(webhookSecret.slice(6));
  expect(await store.channels.receiver('default', channel.id)).toMatchObject({
    kind: 'webhook',
    secrets: [webhookSecret],
  });
});

test('sealed for one channel, a secret is none of another (E24)', async () => {
  const [one, other] = [
    await store.channels.create('default', newWebhook(), ada),
    await store.channels.create('default', newWebhook(), ada),
  ];
  await bench.rows(
    `UPDATE notification_channels SET ciphertext = (SELECT ciphertext FROM notification_channels WHERE id = $1)
     WHERE id = $2`,
    [one.id, other.id],
  );
  await expect(store.channels.receiver('default', other.id)).rejects.toMatchObject({ code: 'secret_unreadable' });
  await store.channels.remove('default', other.id, null, ada);
});

test('what is changed without its secret keeps it; what is said of it is taken (E24)', async () => {
  const { id } = await store.channels.create('default', newWebhook(), ada);
  const url = 'https://example.com/moved';
  await store.channels.change('default', id, { config: (_kind, config) => ({ ...config, url }) }, null, ada);
  expect(await store.channels.receiver('default', id)).toEqual({ kind: 'webhook', url, secrets: [webhookSecret] });
});

test('a secret that is rotated signs beside the new one until its time is over', async () => {
  const { id } = await store.channels.create('default', newWebhook(), ada);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await store.channels.rotate('default', id, { secret, overlapSeconds: 3_600 }, null, ada);
  expect(await store.channels.receiver('default', id)).toMatchObject({ secrets: [secret, webhookSecret] });
  const last = `whsec_${randomBytes(32).toString('base64')}`;
  await store.channels.rotate('default', id, { secret: last, overlapSeconds: 0 }, null, ada);
  expect(await store.channels.receiver('default', id)).toMatchObject({ secrets: [last] });
});

test('secrets of channels move to a new key with the others', async () => {
  const { id } = await store.channels.create('default', newWebhook(), ada);
  const key = randomBytes(32);
  const open = (cipher: ReturnType<typeof createCipher>) =>
    createStore({ databaseUrl: bench.database.url, poolMax: 2, connectTimeoutMs: 3_000 }, cipher);
  const both = open(createCipher(key, [secretKey]));
  for await (const { unreadable } of both.resealing.batches(2)) expect(unreadable).toEqual([]);
  await both.close();
  const renewed = open(createCipher(key));
  expect(await renewed.channels.receiver('default', id)).toMatchObject({ secrets: [webhookSecret] });
  const back = open(createCipher(secretKey, [key]));
  for await (const { unreadable } of back.resealing.batches(1_000)) expect(unreadable).toEqual([]);
  await Promise.all([renewed.close(), back.close()]);
});

test('a new channel is bound to every check, and a new check to every channel that is enabled (E20, E21)', async () => {
  const tenantId = await newTenant();
  const databases = [await newDatabase(tenantId), await newDatabase(tenantId)];
  const first = await store.channels.create(tenantId, newWebhook(), ada);
  const disabled = await store.channels.create(tenantId, newWebhook({ enabled: false }), ada);
  const apart = await store.channels.create(tenantId, newWebhook({ bindToAll: false }), ada);
  for (const databaseId of databases) {
    const bound = (await bindingsOf(tenantId, databaseId)).map(({ channelId }) => channelId);
    expect(bound.sort()).toEqual([first.id, disabled.id].sort());
  }
  const later = (await bindingsOf(tenantId, await newDatabase(tenantId))).map(({ channelId }) => channelId);
  expect(later.sort()).toEqual([first.id, apart.id].sort());
});

test('a set that was emptied stays empty (E21)', async () => {
  const tenantId = await newTenant();
  await store.channels.create(tenantId, newWebhook(), ada);
  const databaseId = await newDatabase(tenantId);
  await store.bindings.replace(tenantId, await checkOf(databaseId), [], null, ada);
  await newDatabase(tenantId);
  await store.monitoring.ensureAll();
  expect(await bindingsOf(tenantId, databaseId)).toEqual([]);
});

test('a channel and a check that are made at once are bound to each other (E21)', async () => {
  const tenantId = await newTenant();
  const makeSome = Array.from({ length: 8 }, (_one, index) => index);
  const made = await Promise.all(
    makeSome.flatMap(() => [
      newDatabase(tenantId),
      store.channels.create(tenantId, newWebhook(), ada).then(({ id }) => `channel ${id}`),
    ]),
  );
  const channels = made.filter((id) => id.startsWith('channel ')).map((id) => id.slice('channel '.length));
  for (const databaseId of made.filter((id) => !id.startsWith('channel '))) {
    const bound = (await bindingsOf(tenantId, databaseId)).map(({ channelId }) => channelId);
    expect(bound.sort()).toEqual([...channels].sort());
  }
});

test('a channel that cannot be bound is not made (E20)', async () => {
  const tenantId = await newTenant();
  await newDatabase(tenantId);
  await bench.rows(`CREATE FUNCTION refuse_binding() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no bindings today'; END $$`);
  await bench.rows(`CREATE TRIGGER refuse_binding BEFORE INSERT ON notification_bindings FOR EACH ROW
    EXECUTE FUNCTION refuse_binding()`);
  try {
    await expect(store.channels.create(tenantId, newWebhook(), ada)).rejects.toThrow(/no bindings today/);
    expect((await store.channels.list(tenantId, { pageSize: 10, pageToken: null })).items).toEqual([]);
  } finally {
    await bench.rows('DROP TRIGGER refuse_binding ON notification_bindings');
    await bench.rows('DROP FUNCTION refuse_binding');
  }
});

test('a set is replaced as a whole or not at all (E18)', async () => {
  const tenantId = await newTenant();
  const [one, other] = [
    await store.channels.create(tenantId, newWebhook({ bindToAll: false }), ada),
    await store.channels.create(tenantId, newWebhook({ bindToAll: false }), ada),
  ];
  const foreign = await store.channels.create(await newTenant(), newWebhook(), ada);
  const checkId = await checkOf(await newDatabase(tenantId));
  const binding = (channelId: string) => ({ channelId, notices: ['database.down'] as const, enabled: true });
  const before = await store.bindings.replace(tenantId, checkId, [binding(one.id)], null, ada);
  expect(before).toEqual([{ ...binding(one.id), lastNotifiedAt: null }]);
  for (const [items, field] of [
    [[binding(other.id), binding('aaaaaaaaaaaa')], 'items.1.channelId'],
    [[binding(other.id), binding(other.id)], 'items.1.channelId'],
    [[binding(foreign.id)], 'items.0.channelId'],
  ] as const) {
    await expect(store.bindings.replace(tenantId, checkId, items, null, ada)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { errors: [expect.objectContaining({ field })] },
    });
    expect(await store.bindings.list(tenantId, checkId)).toEqual(before);
  }
});

test('what a kept binding was told last stays on it', async () => {
  const tenantId = await newTenant();
  const { id: channelId } = await store.channels.create(tenantId, newWebhook(), ada);
  const checkId = await checkOf(await newDatabase(tenantId));
  await bench.rows('UPDATE notification_bindings SET last_notified_at = now() WHERE health_check_id = $1', [checkId]);
  const [kept] = await store.bindings.replace(
    tenantId,
    checkId,
    [{ channelId, notices: [], enabled: false }],
    null,
    ada,
  );
  expect(kept).toMatchObject({ enabled: false, notices: [], lastNotifiedAt: expect.any(Date) });
});

test('with the database go its check and the bindings; with the channel its bindings and its log (E15)', async () => {
  const tenantId = await newTenant();
  const { id: channelId } = await store.channels.create(tenantId, newWebhook(), ada);
  const [gone, kept] = [await newDatabase(tenantId), await newDatabase(tenantId)];
  const count = async () =>
    (
      await bench.rows<{ database_id: string }>(
        `SELECT database_id FROM notification_bindings JOIN health_checks ON id = health_check_id WHERE channel_id = $1`,
        [channelId],
      )
    ).map((row) => row.database_id);
  expect((await count()).sort()).toEqual([gone, kept].sort());
  await bench.rows('DELETE FROM holdings WHERE database_id = $1', [gone]);
  await bench.rows('DELETE FROM databases WHERE id = $1', [gone]);
  expect(await count()).toEqual([kept]);
  await store.channels.remove(tenantId, channelId, null, ada);
  expect(await count()).toEqual([]);
});

test('of another tenant nothing is found', async () => {
  const { id } = await store.channels.create('default', newWebhook(), ada);
  const checkId = await checkOf(await newDatabase());
  const stranger = await newTenant();
  const unknown = { code: 'not_found' };
  await expect(store.channels.get(stranger, id)).rejects.toMatchObject(unknown);
  await expect(store.channels.change(stranger, id, { enabled: false }, null, ada)).rejects.toMatchObject(unknown);
  await expect(store.channels.remove(stranger, id, null, ada)).rejects.toMatchObject(unknown);
  await expect(store.channels.receiver(stranger, id)).rejects.toMatchObject(unknown);
  await expect(store.bindings.list(stranger, checkId)).rejects.toMatchObject(unknown);
  await expect(store.bindings.replace(stranger, checkId, [], null, ada)).rejects.toMatchObject(unknown);
  await expect(store.deliveries.redeliver(stranger, id, 'aaaaaaaaaaaa', ada)).rejects.toMatchObject(unknown);
});
