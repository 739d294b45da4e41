import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureHome, ensureSecretFile, homeAt, reachableFolder, withOwnKey } from '../../../dev/stack/home';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-home-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a state folder has a secret key that only its owner can read, and keeps it', async () => {
  const place = path.join(folder, 'state');
  const { secretKeyFile } = await ensureHome(place);
  const first = await readFile(secretKeyFile, 'utf8');
  expect(Buffer.from(first, 'base64')).toHaveLength(32);
  expect((await stat(secretKeyFile)).mode & 0o777).toBe(0o600);
  await ensureHome(place);
  await expect(readFile(secretKeyFile, 'utf8')).resolves.toBe(first);
  await expect(readdir(place)).resolves.toEqual(['logs', 'secret.key']);
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

test.each([
  { name: 'the state folder’s own', environment: {}, file: 'secret.key' },
  { name: 'in the user’s file', environment: { SLIPWAY_SECRET_KEY_FILE: '/keys/secret' }, file: '/keys/secret' },
])('the secret key is $name', async ({ environment, file }) => {
  const { secretKeyFile } = withOwnKey(await ensureHome(folder), environment);
  expect(secretKeyFile).toBe(path.resolve(folder, file));
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
