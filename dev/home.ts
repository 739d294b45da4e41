import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The state folder: keys, logs, data of the store and of Temporal. */
export interface Home {
  readonly folder: string;
  readonly logs: string;
  /** The bearer key of the administrator. */
  readonly adminKeyFile: string;
  readonly secretKeyFile: string;
  readonly processesFile: string;
}

/** Makes the state folder and its keys where they are missing. */
export async function ensureHome(folder = process.env.SLIPWAY_HOME ?? '.slipway'): Promise<Home> {
  const absolute = path.resolve(folder);
  const home = {
    folder: absolute,
    logs: path.join(absolute, 'logs'),
    adminKeyFile: path.join(absolute, 'admin.key'),
    secretKeyFile: path.join(absolute, 'secret.key'),
    processesFile: path.join(absolute, 'processes.json'),
  };
  await mkdir(home.logs, { recursive: true });
  await ensureSecretFile(home.adminKeyFile, () => randomBytes(32).toString('base64url'));
  await ensureSecretFile(home.secretKeyFile, () => randomBytes(32).toString('base64'));
  return home;
}

/** The secret in a file that only its owner can read; made where it is missing. */
export async function ensureSecretFile(file: string, generate: () => string): Promise<string> {
  try {
    await writeFile(file, `${generate()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(file, 0o600);
  return (await readFile(file, 'utf8')).trim();
}

/**
 * A folder below `home` that every user may reach, for a server that runs as a user of its own; where a folder above
 * is closed to others, one under /var/lib instead.
 */
export async function reachableFolder(home: string, name: string): Promise<string> {
  const below = path.join(home, name);
  if (process.getuid?.() !== 0 || (await isOpen(home))) return below;
  const id = createHash('sha256').update(home).digest('hex').slice(0, 12);
  return path.join('/var/lib/slipway', id, name);
}

async function isOpen(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  const parent = path.dirname(folder);
  return (mode & 0o001) !== 0 && (parent === folder || (await isOpen(parent)));
}
