import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { readApiConfig } from '../../../config/config';
import { ensureHome } from '../../../dev/stack/home';
import { newPartsHome, removeParts } from '../../../dev/stack/parts';
import { freePort } from '../../../dev/stack/ports';
import { type EmbeddedStore, startStore } from '../../../dev/stack/store';
import { openStore } from '../../../process/connect';
import { type Authority, newAuthority } from '../../support/certificate';
import { query, required } from '../../support/database';
import { startProgram } from '../../support/program';
import { runNode } from '../../support/run-node';
import { testEnvironment } from '../../support/slipway';

type Home = Awaited<ReturnType<typeof newPartsHome>>;

let folder: string;
let home: Home;
let server: EmbeddedStore;
let authority: Authority;
let stranger: Authority;
/** A CA certificate for each authority, by file. */
let files: { readonly authority: string; readonly stranger: string };

/** Its own server, whose certificate is for `localhost`; it admits the role `encrypted` with TLS only. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-store-tls-'));
  [authority, stranger] = [await newAuthority(), await newAuthority()];
  files = { authority: path.join(folder, 'ca.pem'), stranger: path.join(folder, 'other.pem') };
  await writeFile(files.authority, authority.cert);
  await writeFile(files.stranger, stranger.cert);
  home = await newPartsHome((await ensureHome()).folder);
  server = await startStore(home, await freePort());
  await encryptServer();
});
afterAll(async () => {
  await server?.child.stop();
  if (home !== undefined) await removeParts(home.folder);
  await Promise.all([authority?.remove(), stranger?.remove()]);
  await rm(folder, { recursive: true, force: true });
});

async function encryptServer(): Promise<void> {
  const url = server.databaseUrl;
  const [data] = await query<{ folder: string; hba: string }>(
    url,
    `SELECT current_setting('data_directory') AS folder, current_setting('hba_file') AS hba`,
  );
  if (data === undefined) throw new Error('the server has no data directory');
  const { cert, key } = await authority.issue('localhost');
  const { uid, gid } = await stat(path.join(data.folder, 'PG_VERSION'));
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    const file = path.join(data.folder, name);
    await writeFile(file, text, { mode: 0o600 });
    await chown(file, uid, gid);
  }
  await writeFile(data.hba, 'hostssl all encrypted 127.0.0.1/32 trust\nhost all postgres 127.0.0.1/32 scram-sha-256\n');
  await query(url, 'CREATE ROLE encrypted LOGIN CREATEROLE');
  await query(url, 'CREATE DATABASE slipway_encrypted_test OWNER encrypted');
  await query(url, 'ALTER SYSTEM SET ssl = on');
  await query(url, 'SELECT pg_reload_conf()');
}

/** The environment of a Slipway that connects as the role that needs TLS. */
function environmentOf(settings: Readonly<Record<string, string>>, host = 'localhost') {
  const { port } = new URL(server.databaseUrl);
  const url = `postgresql://encrypted@${host}:${port}/slipway_encrypted_test`;
  return { ...testEnvironment({ url }), ...settings };
}

const silent = pino({ level: 'silent' });

const open = (environment: Readonly<Record<string, string>>) => openStore(readApiConfig(environment), silent);

test('migrations and every connection of the pool are encrypted, and verified by the CA certificate', async () => {
  const store = await open(environmentOf({ SLIPWAY_STORE_TLS_CA_CERT_PATH: files.authority }));
  try {
    await Promise.all(Array.from({ length: 5 }, () => store.ping()));
    await store.keys.list(null, { pageSize: 1, pageToken: null });
    const connections = await query<{ ssl: boolean }>(
      server.databaseUrl,
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'encrypted'`,
    );
    expect(connections.length).toBeGreaterThan(1);
    expect(connections.every(({ ssl }) => ssl)).toBe(true);
  } finally {
    await store.close();
  }
});

test.each<{ what: string; settings: () => Record<string, string>; host?: string; named: string }>([
  {
    what: 'another CA',
    settings: () => ({ SLIPWAY_STORE_TLS_CA_CERT_PATH: files.stranger }),
    named: 'SLIPWAY_STORE_TLS_CA_CERT_PATH',
  },
  {
    what: 'public CAs only',
    settings: () => ({ SLIPWAY_STORE_TLS: 'verify-full' }),
    named: 'SLIPWAY_STORE_TLS_CA_CERT_PATH',
  },
  {
    what: 'another host name',
    settings: () => ({ SLIPWAY_STORE_TLS_CA_CERT_PATH: files.authority }),
    host: '127.0.0.1',
    named: 'DATABASE_URL',
  },
  { what: 'no TLS', settings: () => ({ SLIPWAY_STORE_TLS: 'disable' }), named: 'SLIPWAY_STORE_TLS' },
])('a start with $what is refused, with the setting to look at', async ({ settings, host, named }) => {
  const error = await open(environmentOf(settings(), host)).catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining(`is refused (${named}): `) });
});

test('verify-full with a server without TLS is refused, with the setting to look at', async () => {
  const environment = { ...testEnvironment({ url: required('DATABASE_URL') }), SLIPWAY_STORE_TLS: 'verify-full' };
  await expect(open(environment)).rejects.toThrow(
    'the connection to the store is refused (SLIPWAY_STORE_TLS): The server does not support SSL connections',
  );
});

test.each(['api/main.js', 'worker.js'])('%s ends at once when the certificate does not verify', async (file) => {
  const settings = { SLIPWAY_STORE_TLS_CA_CERT_PATH: files.stranger, LOG_LEVEL: 'info' };
  const program = startProgram(file, environmentOf(settings));
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain('is refused (SLIPWAY_STORE_TLS_CA_CERT_PATH)');
  expect(program.output()).not.toContain('could not open the store');
});

test('the commands on the store use the same settings', async () => {
  const list = (file: string) =>
    runNode(path.join('dist', 'commands', 'main.js'), ['keys', 'list'], {
      ...environmentOf({ SLIPWAY_STORE_TLS_CA_CERT_PATH: file }),
    });
  await (await open(environmentOf({ SLIPWAY_STORE_TLS_CA_CERT_PATH: files.authority }))).close();
  expect(await list(files.authority)).toMatchObject({ code: 0, stderr: '' });
  expect(await list(files.stranger)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/unable to verify|self-signed|unable to get/),
  });
});

test('PGSSLMODE does not weaken what the settings say', async () => {
  const before = process.env.PGSSLMODE;
  process.env.PGSSLMODE = 'no-verify';
  try {
    const refused = open(environmentOf({ SLIPWAY_STORE_TLS: 'disable' }));
    await expect(refused).rejects.toThrow(/is refused \(SLIPWAY_STORE_TLS\): .* no encryption$/);
  } finally {
    if (before === undefined) delete process.env.PGSSLMODE;
    else process.env.PGSSLMODE = before;
  }
});

test('a plain connection to another machine is a warning that names its host and the setting', async () => {
  const lines: string[] = [];
  const logger = pino(
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const url = 'postgresql://slipway:canary-9@store.invalid/slipway_test';
  await expect(openStore(readApiConfig(testEnvironment({ url })), logger)).rejects.toThrow(/store\.invalid/);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 40, host: 'store.invalid', msg: expect.stringContaining('SLIPWAY_STORE_TLS') }),
  ]);
  expect(lines.join()).not.toContain('canary-9');
});
