import { access, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command';

const moduleFolder = path.join(__dirname, '..', 'tools', 'temporal');

/**
 * Builds the binary with Go from a copy of the module in this folder, so that the build cannot change the original.
 *
 * @returns the binary
 */
export async function buildWithGo(version: string, folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const binary = path.join(folder, 'temporal');
  for (const file of ['go.mod', 'go.sum']) await copyFile(path.join(moduleFolder, file), path.join(folder, file));
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', binary];
  await run('go', [...args, 'github.com/temporalio/cli/cmd/temporal'], {
    cwd: folder,
    env: { ...environment, CGO_ENABLED: '0', GOFLAGS: '' },
  });
  await access(binary);
  return binary;
}
