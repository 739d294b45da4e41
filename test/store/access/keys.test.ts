import type { Grant } from '../../../domain/access/keys';
import { digestOf } from '../../../domain/access/keys';
import type { KeyRecord, Maker } from '../../../store/access/keys';
import { ada, openTestStore, type TestStore, uniqueName } from '../../support/test-store';

let bench: TestStore;
let keys: TestStore['store']['keys'];
let tenantId: string;
beforeAll(async () => {
  bench = await openTestStore();
  keys = bench.store.keys;
  tenantId = (await bench.store.tenants.create(uniqueName(), ada)).id;
});
afterAll(async () => {
  await bench?.close();
});
afterEach(() => bench.rows('DELETE FROM api_keys'));

const anybody: Maker = { actor: 'key:ada', requireGrantable: () => undefined };
const administrator: Grant = { role: 'admin', tenantId: null, expiresAt: null };
const inAnHour = () => new Date(Date.now() + 3_600_000);
const isInForce = async (key: string) => (await keys.present(key, 'default')) !== null;

/** A key, with what is kept of it apart. */
async function make(changes: Partial<Grant> = {}): Promise<{ readonly key: string; readonly record: KeyRecord }> {
  const { key, ...record } = await keys.create(null, anybody, { ...administrator, ...changes }, 'ada');
  return { key, record };
}

test('a key is kept as its digest alone, and is shown by nothing', async () => {
  const { key, record } = await make({ role: 'viewer', tenantId });
  const [row] = await bench.rows<{ digest: Buffer; text: string }>(
    'SELECT digest, api_keys::text AS text FROM api_keys',
  );
  expect(row?.digest).toEqual(digestOf(key));
  const secret = key.split('_').slice(2).join('_').slice(0, 43);
  expect(row?.text).not.toContain(secret);
  const kept = [await keys.get(null, record.id), (await keys.list(null, { pageSize: 9, pageToken: null })).items[0]];
  expect(kept).toEqual([record, record]);
  expect(record).toMatchObject({ name: 'ada', role: 'viewer', tenantId, createdBy: 'key:ada', lastUsedAt: null });
});

test('who presents it is told what it gives; what is mistyped is refused without asking the store', async () => {
  const { key, record } = await make({ role: 'operator', tenantId });
  const presented = { id: record.id, name: 'ada', role: 'operator', tenantId, expiresAt: null, isUseDue: true };
  expect(await keys.present(key, 'default')).toEqual({ ...presented, isTenantKnown: true });
  expect(await keys.present(key, 'nobody')).toEqual({ ...presented, isTenantKnown: false });
  const other = (await make()).key;
  const [, , secret] = /^slw_([a-z2-7]{12})_(.*)$/.exec(other) ?? [];
  expect(await keys.present(`slw_${record.id}_${secret}`, 'default')).toBeNull();
  await bench.rows('ALTER TABLE api_keys RENAME TO away');
  try {
    expect(await keys.present(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`, 'default')).toBeNull();
    await expect(keys.present(key, 'default')).rejects.toThrow(/api_keys/);
  } finally {
    await bench.rows('ALTER TABLE away RENAME TO api_keys');
  }
});

test('an expired key is none', async () => {
  const { key, record } = await make({ expiresAt: inAnHour() });
  expect(await isInForce(key)).toBe(true);
  await bench.rows(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [record.id]);
  expect(await isInForce(key)).toBe(false);
});

test('its use is noted at most once a minute, however many ask', async () => {
  const { key, record } = await make();
  const lastUse = async () => (await keys.get(null, record.id))?.lastUsedAt ?? null;
  await Promise.all(Array.from({ length: 10 }, () => keys.noteUse(record.id)));
  const first = await lastUse();
  expect(first).toBeInstanceOf(Date);
  expect(await keys.present(key, 'default')).toMatchObject({ isUseDue: false });
  await keys.noteUse(record.id);
  expect(await lastUse()).toEqual(first);
  await bench.rows(`UPDATE api_keys SET last_used_at = now() - interval '61 seconds'`);
  expect(await keys.present(key, 'default')).toMatchObject({ isUseDue: true });
  await keys.noteUse(record.id);
  expect(await lastUse()).not.toBeNull();
  expect(await keys.present(key, 'default')).toMatchObject({ isUseDue: false });
});

describe('a rotation', () => {
  test('gives a key with the same name, role, tenant and expiry; the old one works until the overlap ends', async () => {
    const expiresAt = inAnHour();
    const { key, record } = await make({ role: 'operator', tenantId, expiresAt });
    const { key: next, ...made } = await keys.rotate(tenantId, { ...anybody, actor: 'key:eve' }, record.id, 60, null);
    const { name, role } = record;
    expect(made).toMatchObject({ name, role, tenantId, expiresAt, createdBy: 'key:eve', replacedBy: null });
    expect([await isInForce(key), await isInForce(next)]).toEqual([true, true]);
    const old = await keys.get(tenantId, record.id);
    expect(old?.replacedBy).toBe(made.id);
    expect(Math.abs((old?.expiresAt?.getTime() ?? 0) - Date.now() - 60_000)).toBeLessThan(30_000);
    await bench.rows(`UPDATE api_keys SET expires_at = expires_at - interval '1 minute' WHERE id = $1`, [record.id]);
    expect([await isInForce(key), await isInForce(next)]).toEqual([false, true]);
  });

  test('without an overlap ends the old one at once; with a long one never later than it would have', async () => {
    const one = await make();
    await keys.rotate(null, anybody, one.record.id, 0, null);
    expect(await isInForce(one.key)).toBe(false);
    const expiresAt = inAnHour();
    const other = await make({ expiresAt });
    await keys.rotate(null, anybody, other.record.id, 86_400, null);
    expect((await keys.get(null, other.record.id))?.expiresAt).toEqual(expiresAt);
  });

  test('of one that was rotated or is expired is refused', async () => {
    const { record } = await make();
    const { id } = await keys.rotate(null, anybody, record.id, 60, null);
    const again = keys.rotate(null, anybody, record.id, 60, null);
    await expect(again).rejects.toMatchObject({ code: 'state_conflict', details: { replacedBy: id } });
    await bench.rows('UPDATE api_keys SET expires_at = now() WHERE id = $1', [id]);
    await expect(keys.rotate(null, anybody, id, 60, null)).rejects.toMatchObject({ code: 'state_conflict' });
  });

  test('that its maker may not make leaves everything as it was', async () => {
    const { record } = await make();
    const refuse = () => {
      throw new Error('too much');
    };
    await expect(keys.rotate(null, { ...anybody, requireGrantable: refuse }, record.id, 60, null)).rejects.toThrow(
      'too much',
    );
    expect((await keys.list(null, { pageSize: 9, pageToken: null })).items).toEqual([record]);
  });
});

describe('a revocation', () => {
  test('is in force from the next request on, through another process too', async () => {
    await make();
    const { key, record } = await make();
    expect(await isInForce(key)).toBe(true);
    await keys.revoke(null, record.id, null, ada);
    expect(await isInForce(key)).toBe(false);
    expect(await keys.get(null, record.id)).toBeNull();
  });

  test('of the last administrator’s key in force is refused; keys that are none of that do not count', async () => {
    const last = await make();
    await make({ role: 'operator' });
    await make({ tenantId });
    const expired = await make({ expiresAt: inAnHour() });
    await bench.rows('UPDATE api_keys SET expires_at = now() WHERE id = $1', [expired.record.id]);
    await expect(keys.revoke(null, last.record.id, null, ada)).rejects.toMatchObject({ code: 'last_admin_key' });
    expect(await isInForce(last.key)).toBe(true);
    await keys.revoke(null, expired.record.id, null, ada);
    await make();
    await keys.revoke(null, last.record.id, null, ada);
  });

  test('of two last ones at once leaves one', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      await bench.rows('DELETE FROM api_keys');
      const pair = [await make(), await make()];
      const answers = await Promise.allSettled(pair.map(({ record }) => keys.revoke(null, record.id, null, ada)));
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await bench.rows('SELECT 1 FROM api_keys')).toHaveLength(1);
    }
  });
});

test.each(['get', 'rotate', 'revoke'] as const)(
  '%s: another tenant’s key is like an unknown one (A03)',
  async (verb) => {
    const { id } = (await make({ role: 'viewer', tenantId })).record;
    const other = (await bench.store.tenants.create(uniqueName(), ada)).id;
    const calls = {
      get: async (one: string) => {
        if ((await keys.get(other, one)) === null) throw Object.assign(new Error(`key ${one} not found`));
      },
      rotate: (one: string) => keys.rotate(other, anybody, one, 60, null),
      revoke: (one: string) => keys.revoke(other, one, null, ada),
    };
    const said = (one: string) =>
      calls[verb](one).then(
        () => 'done',
        (error: Error) => error.message.replace(one, 'it'),
      );
    expect(await said(id)).toBe('key it not found');
    expect(await said('aaaaaaaaaaaa')).toBe('key it not found');
    expect((await keys.list(other, { pageSize: 9, pageToken: null })).items).toEqual([]);
    expect((await keys.list(tenantId, { pageSize: 9, pageToken: null })).items).toHaveLength(1);
  },
);

test('for a tenant that is not there no key is made', async () => {
  await expect(make({ tenantId: 'aaaaaaaaaaaa' })).rejects.toMatchObject({ code: 'not_found' });
});
