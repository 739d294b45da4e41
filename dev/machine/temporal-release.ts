import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command';

const timeoutMs = 60_000;

/**
 * Brings the vendor's binary into a folder, checked against the vendor's checksums.
 *
 * @param address of one version's release
 * @returns null when it is there, else why not
 */
export async function downloadRelease(address: string, version: string, folder: string): Promise<string | null> {
  const archive = archiveOf(version);
  try {
    const sums = await download(`${address}/checksums.txt`);
    const bytes = await download(`${address}/${archive}`);
    if (!hasChecksum(sums.toString('utf8'), archive, bytes)) return `${archive} does not have its checksum`;
    await writeFile(path.join(folder, archive), bytes);
    await run('tar', ['-xzf', path.join(folder, archive), '-C', folder, 'temporal']);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The name of the archive for this machine. */
export function archiveOf(version: string): string {
  return `temporal_cli_${version}_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`;
}

/** Whether bytes are what a list of `sha256sum` says of a file. */
function hasChecksum(sums: string, file: string, bytes: Buffer): boolean {
  const digest = createHash('sha256').update(bytes).digest('hex');
  return sums.split('\n').some(
    (line) =>
      line
        .trim()
        .split(/\s+\*?/)
        .join(' ') === `${digest} ${file}`,
  );
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
