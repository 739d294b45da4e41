import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command';
import { archiveTimeoutMs, download, listTimeoutMs } from './download';

/**
 * Downloads the vendor's binary into a folder and verifies it against the vendor's checksums.
 *
 * @param address of one version's release
 * @returns the binary
 */
export async function downloadRelease(address: string, version: string, folder: string): Promise<string> {
  const archive = archiveOf(version);
  const sums = await download(`${address}/checksums.txt`, listTimeoutMs);
  const bytes = await download(`${address}/${archive}`, archiveTimeoutMs);
  if (!hasChecksum(sums.toString('utf8'), archive, bytes)) throw new Error(`${archive} does not have its checksum`);
  await writeFile(path.join(folder, archive), bytes);
  await run('tar', ['-xzf', path.join(folder, archive), '-C', folder, 'temporal']);
  return path.join(folder, 'temporal');
}

/** The name of the archive for this machine. */
export function archiveOf(version: string): string {
  return `temporal_cli_${version}_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`;
}

/** Whether a file's bytes match a list in the format of `sha256sum`. */
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
