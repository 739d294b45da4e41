import { createHash, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from '../machine/stages';

/** The state folder: keys, logs, data of the store and of Temporal. */
export interface Home {
  readonly folder: string;
  readonly logs: string;
  /** The bearer key of the installation's administrator, once there is a store. */
  readonly adminKeyFile: string;
  readonly secretKeyFile: string;
  /** Records the command that has the folder, and the processes of its parts. */
  readonly runningFile: string;
}

/** The paths in a state folder, without I/O. */
export function homeAt(folder: string): Home {
  const absolute = path.resolve(folder);
  return {
    folder: absolute,
    logs: path.join(absolute, 'logs'),
    adminKeyFile: path.join(absolute, 'admin.key'),
    secretKeyFile: path.join(absolute, 'secret.key'),
    runningFile: path.join(absolute, 'running.json'),
  };
}

/** Creates the state folder and its secret key if they are missing. Throws if the folder cannot be used. */
export async function ensureHome(folder = process.env.SLIPWAY_HOME ?? '.slipway'): Promise<Home> {
  const home = homeAt(folder);
  try {
    await mkdir(home.logs, { recursive: true });
    await ensureSecretFile(home.secretKeyFile, () => randomBytes(32).toString('base64'));
  } catch (cause) {
    const next = 'set SLIPWAY_HOME to a folder that you may write';
    throw new SetupError(`${home.folder} cannot be the state folder`, next, { cause });
  }
  return home;
}

/** The state folder, with the user's own secret key in place of the folder's if the environment names its file. */
export function withOwnKey(home: Home, environment: Readonly<Record<string, string | undefined>>): Home {
  return { ...home, secretKeyFile: environment.SLIPWAY_SECRET_KEY_FILE ?? home.secretKeyFile };
}

/** The secret in a file that only its owner can read; created if it is missing. */
export async function ensureSecretFile(file: string, generate: () => string): Promise<string> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, `${generate()}\n`, { mode: 0o600 });
    // Links the file into place only when it is complete, and never over an existing one.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await chmod(file, 0o600);
  return (await readFile(file, 'utf8')).trim();
}

/**
 * A folder that a server with its own user can reach: below `home`, or below /var/lib if a folder above is closed to
 * others.
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
