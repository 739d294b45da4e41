import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureHome, ensureSecretFile, homeAt, reachableFolder, withOwnKeys } from '../../dev/home';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-home-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a state folder has keys that only its owner can read, and keeps them', async () => {
  const place = path.join(folder, 'state');
  const { adminKeyFile, secretKeyFile } = await ensureHome(place);
  const keys = () => Promise.all([adminKeyFile, secretKeyFile].map((file) => readFile(file, 'utf8')));
  const first = await keys();
  expect(Buffer.from(first[1] ?? '', 'base64')).toHaveLength(32);
  for (const file of [adminKeyFile, secretKeyFile]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  await ensureHome(place);
  await expect(keys()).resolves.toEqual(first);
  await expect(readdir(place)).resolves.toEqual(['admin.key', 'logs', 'secret.key']);
});

test('SLIPWAY_HOME names the folder, and where it cannot be one, that is said by its name', async () => {
  const before = process.env.SLIPWAY_HOME;
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  try {
    process.env.SLIPWAY_HOME = path.join(folder, 'state');
    await expect(ensureHome()).resolves.toEqual(homeAt(path.join(folder, 'state')));
    process.env.SLIPWAY_HOME = file;
    await expect(ensureHome()).rejects.toMatchObject({
      message: `${file} cannot be the state folder`,
      next: expect.stringContaining('SLIPWAY_HOME') as string,
    });
  } finally {
    if (before === undefined) delete process.env.SLIPWAY_HOME;
    else process.env.SLIPWAY_HOME = before;
  }
});

describe('the administrator’s key is', () => {
  test.each([
    { name: 'the state folder’s own', environment: {}, file: 'admin.key' },
    { name: 'in the user’s file', environment: { SLIPWAY_ADMIN_KEY_FILE: '/keys/admin' }, file: '/keys/admin' },
    {
      name: 'the user’s, kept in the state folder’s file, before any file',
      environment: { SLIPWAY_ADMIN_KEY: 'a-key-of-the-user', SLIPWAY_ADMIN_KEY_FILE: '/keys/admin' },
      file: 'admin.key',
      key: 'a-key-of-the-user',
    },
  ])('$name', async ({ environment, file, key }) => {
    const { adminKeyFile } = await withOwnKeys(await ensureHome(folder), environment);
    expect(adminKeyFile).toBe(path.resolve(folder, file));
    if (key !== undefined) await expect(readFile(adminKeyFile, 'utf8')).resolves.toBe(`${key}\n`);
  });
});

test('makers at the same time get one secret, and a whole one', async () => {
  const file = path.join(folder, 'key');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) => ensureSecretFile(file, () => `key-${index}`)),
  );
  expect(new Set(made).size).toBe(1);
  expect(made[0]).toMatch(/^key-\d+$/);
  await expect(readdir(folder)).resolves.toEqual(['key']);
});

describe('a folder for a server that runs as a user of its own', () => {
  const closes = process.getuid?.() === 0;

  test('is below the state folder where that is open to all', async () => {
    await chmod(folder, 0o755);
    await expect(reachableFolder(folder, 'store')).resolves.toBe(path.join(folder, 'store'));
  });

  test('is elsewhere, and always the same, where a folder above is closed and the server not ours', async () => {
    const home = path.join(folder, 'state');
    await mkdir(home);
    const reachable = await reachableFolder(home, 'store');
    if (closes) expect(reachable).toMatch(/^\/var\/lib\/slipway\/[0-9a-f]{12}\/store$/);
    else expect(reachable).toBe(path.join(home, 'store'));
    await expect(reachableFolder(home, 'store')).resolves.toBe(reachable);
  });
});
