import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { createCipher } from '../../../store/connection/cipher';
import { createStore, type Store } from '../../../store/store';
import { eventually } from '../../support/eventually';
import { available, openTestStore, secretKey, type TestStore } from '../../support/test-store';

const command = path.join(__dirname, '..', '..', '..', 'dist', 'commands', 'main.js');
const newKey = randomBytes(32);
const currentId = createCipher(newKey).keyId;

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
});
afterEach(async () => {
  await bench?.close();
});

/** Runs something on the same store with other keys. */
async function withKeys<T>(keys: readonly [Buffer, ...Buffer[]], run: (store: Store) => Promise<T>): Promise<T> {
  const [key, ...former] = keys;
  const settings = { databaseUrl: bench.database.url, poolMax: 3, connectTimeoutMs: 3_000 };
  const store = createStore(settings, createCipher(key, former));
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

/** As many secrets of one database, under the key that tests have; their names in order. */
async function secretsOfOne(
  count: number,
): Promise<{ readonly databaseId: string; readonly names: `owner.${number}`[] }> {
  const { database } = await available(bench.store);
  const names = Array.from({ length: count }, (_one, index) => `owner.${100_000 + index}` as const);
  for (const name of names) await bench.store.secrets.ensure('default', database.id, name, () => `password ${name}`);
  return { databaseId: database.id, names };
}

async function sealedBy(keyId: string): Promise<number> {
  const [row] = await bench.rows<{ count: number }>('SELECT count(*)::int AS count FROM secrets WHERE key_id = $1', [
    keyId,
  ]);
  return row?.count ?? 0;
}

/** The command as in production; its exit code and what it wrote. */
async function reencrypt(keys: readonly [Buffer, ...Buffer[]], args: readonly string[] = ['reencrypt']) {
  const [key, ...former] = keys.map((one) => one.toString('base64'));
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: bench.database.url,
    SLIPWAY_SECRET_KEY: key,
    SLIPWAY_FORMER_SECRET_KEYS: former.join(','),
  };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [command, 'secrets', ...args], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test('a former key reads, the current one seals', async () => {
  const { databaseId, names } = await secretsOfOne(1);
  const [name = 'owner.1'] = names;
  await withKeys([newKey, secretKey], async (store) => {
    expect(await store.secrets.read(databaseId, name)).toBe(`password ${name}`);
    await store.secrets.ensure('default', databaseId, 'monitor', () => 'made now');
  });
  expect(await sealedBy(currentId)).toBe(1);
  await expect(bench.store.secrets.read(databaseId, 'monitor')).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('of former keys, any opens what it sealed and no other', () => {
  const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const cipher = createCipher(three, [one, two]);
  for (const key of [one, two, three])
    expect(cipher.open(createCipher(key).seal('hunter2', 'here'), 'here')).toBe('hunter2');
  expect(() => createCipher(three, [one]).open(createCipher(two).seal('hunter2', 'here'), 'here')).toThrow(
    expect.objectContaining({ code: 'secret_unreadable' }),
  );
});

test('the command re-encrypts all, over several batches, says how many, and does nothing the second time', async () => {
  const { databaseId, names } = await secretsOfOne(405);
  const first = await reencrypt([newKey, secretKey]);
  expect(first).toMatchObject({ code: 0, stdout: 're-encrypted 405 secrets\n', stderr: '' });
  expect(await reencrypt([newKey, secretKey])).toMatchObject({ code: 0, stdout: 're-encrypted 0 secrets\n' });
  // Without the former key, each is what it was.
  await withKeys([newKey], async (store) => {
    for (const name of names) expect(await store.secrets.read(databaseId, name)).toBe(`password ${name}`);
  });
});

test('killed in the middle, every secret is whole, and the next time does the rest', async () => {
  const { databaseId, names } = await secretsOfOne(300);
  const held = names[250] ?? 'owner.1';
  const holder = new Client({ connectionString: bench.database.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM secrets WHERE database_id = $1 AND name = $2 FOR UPDATE', [databaseId, held]);
  const keys = [newKey, secretKey].map((key) => key.toString('base64'));
  const env = { DATABASE_URL: bench.database.url, SLIPWAY_SECRET_KEY: keys[0], SLIPWAY_FORMER_SECRET_KEYS: keys[1] };
  const child = execFile(process.execPath, [command, 'secrets', 'reencrypt'], { env });
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  await eventually(async () => expect(await sealedBy(currentId)).toBe(250));
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  await holder.query('ROLLBACK');
  await holder.end();
  await withKeys([newKey, secretKey], async (store) => {
    for (const name of names) expect(await store.secrets.read(databaseId, name)).toBe(`password ${name}`);
  });
  const again = await reencrypt([newKey, secretKey]);
  // The one that was held may have been written as the lock went.
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/^re-encrypted (50|49) secrets\n$/);
  expect(await sealedBy(currentId)).toBe(300);
});

test('what no key opens is said, left as it was, and does not hold up the others', async () => {
  const lost = randomBytes(32);
  const { databaseId, names } = await secretsOfOne(3);
  await withKeys([lost], (store) => store.secrets.ensure('default', databaseId, 'monitor', () => 'lost'));
  const { code, stdout, stderr } = await reencrypt([newKey, secretKey]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: `re-encrypted ${names.length} secrets, and could not read 1\n` });
  expect(stderr).toContain(
    `secret monitor of database ${databaseId} was encrypted with secret key ${createCipher(lost).keyId}`,
  );
  for (const key of [lost, newKey, secretKey]) expect(stdout + stderr).not.toContain(key.toString('base64'));
  expect(await withKeys([lost], (store) => store.secrets.read(databaseId, 'monitor'))).toBe('lost');
});

test.each([[[]], [['encrypt']], [['reencrypt', 'all']]])(
  'with the arguments %j it says how it is used',
  async (args) => {
    const stderr = 'expected the command reencrypt\nsecrets reencrypt\n';
    expect(await reencrypt([newKey], args)).toMatchObject({ code: 64, stderr });
  },
);
