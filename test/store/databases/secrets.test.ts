import { randomBytes } from 'node:crypto';
import { createCipher } from '../../../store/connection/cipher';
import { createStore } from '../../../store/store';
import { available, openTestStore, secretKey, type TestStore } from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

describe('the cipher', () => {
  const cipher = createCipher(secretKey);

  test.each(['hunter2', '', 'ünïcödé ⛵', 'x'.repeat(10_000)])('opens what it sealed', (secret) => {
    expect(cipher.open(cipher.seal(secret, 'here'), 'here')).toBe(secret);
  });

  test('seals the same secret differently each time, and keeps none of its bytes', () => {
    const [one, two] = [cipher.seal('correct horse battery', 'here'), cipher.seal('correct horse battery', 'here')];
    expect(Buffer.from(one.ciphertext).equals(two.ciphertext)).toBe(false);
    expect(Buffer.from(one.ciphertext).includes('horse')).toBe(false);
    expect(one.keyId).toMatch(/^[0-9a-f]{8}$/);
    expect(secretKey.toString('hex')).not.toContain(one.keyId);
  });

  test('is bound to its place: sealed for one, it cannot be opened in another', () => {
    expect(() => cipher.open(cipher.seal('hunter2', 'here'), 'there')).toThrow(
      expect.objectContaining({ code: 'secret_unreadable' }),
    );
  });

  test.each([0, 11, 12, 27, 28, 34])('notices that byte %i was changed', (index) => {
    const sealed = cipher.seal('hunter2', 'here');
    const ciphertext = Buffer.from(sealed.ciphertext);
    ciphertext.writeUInt8(ciphertext.readUInt8(index) ^ 1, index);
    expect(() => cipher.open({ ...sealed, ciphertext }, 'here')).toThrow(
      expect.objectContaining({ code: 'secret_unreadable' }),
    );
  });

  test.each([0, 11, 12, 27])('notices that only %i bytes are left', (length) => {
    const sealed = cipher.seal('hunter2', 'here');
    expect(() => cipher.open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, length) }, 'here')).toThrow(
      expect.objectContaining({ code: 'secret_unreadable' }),
    );
  });

  test('says which key is wanted, and not what it is', () => {
    const other = randomBytes(32);
    const sealed = cipher.seal('hunter2', 'here');
    try {
      createCipher(other).open(sealed, 'here');
      throw new Error('opened');
    } catch (error) {
      expect(error).toMatchObject({ code: 'secret_unreadable', message: expect.stringContaining(sealed.keyId) });
      const text = String(error);
      for (const key of [other, secretKey]) {
        expect(text).not.toContain(key.toString('base64'));
        expect(text).not.toContain(key.toString('hex'));
      }
    }
  });
});

test('a secret is made once and is the same from then on', async () => {
  const { database } = await available(store);
  expect(await store.secrets.ensure('default', database.id, 'owner', () => 'first')).toBe('first');
  expect(await store.secrets.ensure('default', database.id, 'owner', () => 'second')).toBe('first');
  expect(await store.secrets.ensure('default', database.id, 'monitor', () => 'other')).toBe('other');
  expect(await store.secrets.read(database.id, 'owner')).toBe('first');
});

test('of 20 callers at once, all get the same one', async () => {
  const { database } = await available(store);
  const made: string[] = [];
  const generate = (): string => {
    made.push(randomBytes(16).toString('hex'));
    return made.at(-1) ?? '';
  };
  const got = await Promise.all(
    Array.from({ length: 20 }, () => store.secrets.ensure('default', database.id, 'owner', generate)),
  );
  expect(new Set(got).size).toBe(1);
  expect(made).toContain(got[0]);
});

test('at rest it is sealed: no row, in any table, has it', async () => {
  const { database } = await available(store);
  const secret = randomBytes(16).toString('hex');
  await store.secrets.ensure('default', database.id, 'owner', () => secret);
  const [row] = await bench.rows<{ key_id: string; ciphertext: Buffer }>(
    'SELECT key_id, ciphertext FROM secrets WHERE database_id = $1',
    [database.id],
  );
  expect(row?.ciphertext.includes(secret)).toBe(false);
  expect(row?.ciphertext.includes(Buffer.from(secret, 'hex'))).toBe(false);
  const tables = await bench.rows<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  expect(tables.length).toBeGreaterThan(5);
  for (const { name } of tables) {
    const found = await bench.rows(`SELECT 1 FROM "${name}" AS t WHERE t::text LIKE '%' || $1 || '%'`, [secret]);
    expect({ name, found }).toEqual({ name, found: [] });
  }
});

test('a secret that is not there is not_found', async () => {
  const { database } = await available(store);
  await expect(store.secrets.read(database.id, 'owner')).rejects.toMatchObject({ code: 'not_found' });
});

test('with another key it is secret_unreadable, and is left as it is', async () => {
  const { database } = await available(store);
  await store.secrets.ensure('default', database.id, 'owner', () => 'hunter2');
  const other = createStore(
    { databaseUrl: bench.database.url, poolMax: 2, connectTimeoutMs: 3_000 },
    createCipher(randomBytes(32)),
  );
  try {
    for (const attempt of [
      () => other.secrets.read(database.id, 'owner'),
      () => other.secrets.ensure('default', database.id, 'owner', () => 'new'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'secret_unreadable' });
    }
  } finally {
    await other.close();
  }
  expect(await store.secrets.read(database.id, 'owner')).toBe('hunter2');
});

test('one that was copied from another database is secret_unreadable', async () => {
  const [one, two] = [await available(store), await available(store)];
  await store.secrets.ensure('default', one.database.id, 'owner', () => 'hers');
  await store.secrets.ensure('default', two.database.id, 'owner', () => 'his');
  await bench.rows(
    `UPDATE secrets SET ciphertext = other.ciphertext FROM secrets AS other
     WHERE secrets.database_id = $1 AND other.database_id = $2`,
    [one.database.id, two.database.id],
  );
  await expect(store.secrets.read(one.database.id, 'owner')).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('one that was copied from another name of the same database is secret_unreadable', async () => {
  const { database } = await available(store);
  await store.secrets.ensure('default', database.id, 'owner', () => 'hers');
  await store.secrets.ensure('default', database.id, 'monitor', () => 'ours');
  await bench.rows(
    `UPDATE secrets SET ciphertext = other.ciphertext FROM secrets AS other
     WHERE secrets.database_id = $1 AND other.database_id = $1 AND secrets.name = 'owner' AND other.name = 'monitor'`,
    [database.id],
  );
  await expect(store.secrets.read(database.id, 'owner')).rejects.toMatchObject({ code: 'secret_unreadable' });
});
