import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureAdminKey } from '../../../dev/stack/admin-key';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';
import { keyOf } from '../../support/keys';
import { openTestStore } from '../../support/test-store';

let folder: string;
let file: string;
let database: TestDatabase;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-admin-key-'));
  file = path.join(folder, 'admin.key');
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const keyIn = () => readFile(file, 'utf8');
const kept = () =>
  query<{ id: string }>(database.url, "SELECT id FROM api_keys WHERE role = 'admin' AND tenant_id IS NULL");

test('a fresh store’s administrator has a key, which only the owner of its file can read, and keeps it', async () => {
  await ensureAdminKey(database.url, file);
  const key = await keyIn();
  expect(key).toMatch(/^slw_[a-z2-7]{12}_[A-Za-z0-9_-]{49}\n$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await ensureAdminKey(database.url, file);
  expect(await keyIn()).toBe(key);
  expect(await kept()).toEqual([{ id: key.slice(4, 16) }]);
  expect(await readdir(folder)).toEqual(['admin.key']);
});

test.each([
  { title: 'what is no key', text: async () => 'a-key-of-before-there-were-any' },
  {
    title: 'a key of another store',
    text: async () => {
      const other = await openTestStore();
      const key = await keyOf(other.store);
      await other.close();
      return key;
    },
  },
])('$title is replaced', async ({ text }) => {
  const before = `${await text()}\n`;
  await writeFile(file, before);
  await ensureAdminKey(database.url, file);
  expect(await keyIn()).not.toBe(before);
  expect(await kept()).toEqual([{ id: (await keyIn()).slice(4, 16) }]);
});

test('a key that is revoked is replaced', async () => {
  await ensureAdminKey(database.url, file);
  const before = await keyIn();
  await query(database.url, 'DELETE FROM api_keys');
  await ensureAdminKey(database.url, file);
  expect(await keyIn()).not.toBe(before);
});
