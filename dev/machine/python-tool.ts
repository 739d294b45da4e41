import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './command';
import { SetupError } from './stages';

const tools = path.join(__dirname, '..', 'tools');

/**
 * Ensures a Python program in a cached environment with exactly the packages of `dev/tools/<name>/requirements.txt`.
 */
export async function ensurePythonTool(name: string, note: (text: string) => void): Promise<string> {
  const requirements = path.join(tools, name, 'requirements.txt');
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'slipway');
  const folder = path.join(cache, `${name}-${digest.slice(0, 12)}`);
  const program = path.join(folder, 'bin', name);
  const installed = path.join(folder, 'installed');
  if (await isThere(installed)) {
    note(`${program} (cached)`);
    return program;
  }
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(path.join(folder, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '--requirement', requirements]);
    // Last, so that an interrupted installation starts over. It cannot be moved into place: its own path is in its
    // files.
    await writeFile(installed, '');
  } catch (cause) {
    const next = 'install Python 3.11 or later with its venv module, and look whether pip reaches a package index';
    throw new SetupError(`${name} could not be installed`, next, { cause });
  }
  note(`installed into ${folder}`);
  return program;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
