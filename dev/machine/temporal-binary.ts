import { access, chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './command';
import { SetupError } from './stages';
import { downloadRelease } from './temporal-release';

const toolsFolder = path.join(__dirname, '..', 'tools', 'temporal');
const vendor = 'https://github.com/temporalio/cli/releases/download';

/** Where a binary is looked for. */
export interface BinarySources {
  readonly environment: NodeJS.ProcessEnv;
  /** The address below which each version's release is. */
  readonly releases: string;
}

/**
 * The Temporal CLI of this version: named by `SLIPWAY_TEMPORAL_BIN`, on the PATH (or newer), in our cache, the vendor's
 * release, or built with Go from `tools/temporal`.
 */
export async function ensureTemporalBinary(
  version: string,
  note: (text: string) => void,
  sources: BinarySources = { environment: process.env, releases: vendor },
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
    // Not there, or not to be run here.
    return false;
  }
}

/** Makes the binary, and says where it is from. */
async function fillCache(version: string, binary: string, { environment, releases }: BinarySources): Promise<string> {
  const folder = await mkdtemp(`${binary}-`);
  try {
    const made = path.join(folder, 'temporal');
    const refused = await downloadRelease(`${releases}/v${version}`, version, folder);
    if (refused !== null) await build(version, made, refused, environment);
    await chmod(made, 0o755);
    // Under its name only when it is whole: another set-up may look at the same time.
    await rename(made, binary);
    return refused === null ? "the vendor's release" : `built with Go, as the release could not be had: ${refused}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a copy of the module's folder, so that the build cannot change it. */
async function build(version: string, output: string, refused: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const cwd = path.dirname(output);
  for (const file of ['go.mod', 'go.sum']) await copyFile(path.join(toolsFolder, file), path.join(cwd, file));
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output];
  try {
    await run('go', [...args, 'github.com/temporalio/cli/cmd/temporal'], {
      cwd,
      env: { ...environment, CGO_ENABLED: '0', GOFLAGS: '' },
    });
    await access(output);
  } catch (cause) {
    const next = 'install Go 1.26.4 or later, or set SLIPWAY_TEMPORAL_BIN to a Temporal CLI';
    throw new SetupError(`Temporal ${version} could be neither downloaded (${refused}) nor built`, next, { cause });
  }
}
