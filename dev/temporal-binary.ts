import { createHash } from 'node:crypto';
import { access, chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './command';
import { SetupError } from './stages';

const toolsFolder = path.join(__dirname, '..', 'tools', 'temporal');

/**
 * The Temporal CLI of this version: named by `SLIPWAY_TEMPORAL_BIN`, on the PATH (or newer), in our cache, the vendor's
 * release, or built with Go from `tools/temporal`.
 */
export async function ensureTemporalBinary(version: string, note: (text: string) => void): Promise<string> {
  const named = process.env.SLIPWAY_TEMPORAL_BIN;
  if (named !== undefined) {
    note(`${named} (SLIPWAY_TEMPORAL_BIN)`);
    return named;
  }
  if (await isRecent('temporal', version)) {
    note('temporal on the PATH');
    return 'temporal';
  }
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'slipway');
  const binary = path.join(cache, `temporal-${version}`);
  if (await isRecent(binary, version)) {
    note(`${binary} (cached)`);
    return binary;
  }
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'temporal-'));
  try {
    const made = path.join(folder, 'temporal');
    const refused = await downloadRelease(version, folder);
    if (refused !== null) await build(version, made, refused);
    note(refused === null ? "the vendor's release" : 'built with Go, as the release could not be had');
    await chmod(made, 0o755);
    // Under its name only when it is whole: another set-up may look at the same time.
    await rename(made, binary);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return binary;
}

async function isRecent(binary: string, version: string): Promise<boolean> {
  try {
    const found = /(\d+\.\d+\.\d+)/.exec(await run(binary, ['--version']))?.[1];
    return found !== undefined && found.localeCompare(version, 'en', { numeric: true }) >= 0;
  } catch {
    // Not there, or not to be run here.
    return false;
  }
}

/** Null when the release is in the folder, else why not. Checked against the vendor's checksums. */
async function downloadRelease(version: string, folder: string): Promise<string | null> {
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const archive = `temporal_cli_${version}_${platform}.tar.gz`;
  const base = `https://github.com/temporalio/cli/releases/download/v${version}`;
  try {
    const sums = await download(`${base}/checksums.txt`);
    const wanted = sums
      .toString('utf8')
      .split('\n')
      .find((line) => line.endsWith(archive))
      ?.split(/\s+/)[0];
    const bytes = await download(`${base}/${archive}`);
    if (createHash('sha256').update(bytes).digest('hex') !== wanted) return `${archive} does not have its checksum`;
    await writeFile(path.join(folder, archive), bytes);
    await run('tar', ['-xzf', path.join(folder, archive), '-C', folder, 'temporal']);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** In a copy of the module's folder, so that the build cannot change it. */
async function build(version: string, output: string, refused: string): Promise<void> {
  const next = 'install Go 1.26.4 or later, or set SLIPWAY_TEMPORAL_BIN to a Temporal CLI';
  const folder = path.dirname(output);
  for (const file of ['go.mod', 'go.sum']) await copyFile(path.join(toolsFolder, file), path.join(folder, file));
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  try {
    await run(
      'go',
      [
        'build',
        '-mod=readonly',
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        flags,
        '-o',
        output,
        'github.com/temporalio/cli/cmd/temporal',
      ],
      {
        cwd: folder,
        env,
      },
    );
    await access(output);
  } catch (error) {
    throw new SetupError(`Temporal ${version} could be neither downloaded (${refused}) nor built`, next, {
      cause: error,
    });
  }
}
