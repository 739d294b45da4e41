import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { run } from './command';
import { explain, stage } from './stages';

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');

/** Makes `dist/`: the programs for production, their migrations, and the workflows as one file. */
export async function build(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', path.join(root, 'tsconfig.build.json')]);
  await cp(path.join(root, 'store', 'prisma'), path.join(dist, 'store', 'prisma'), { recursive: true });
  const { code } = await bundleWorkflowCode({ workflowsPath: path.join(dist, 'workflows', 'index.js') });
  await writeFile(path.join(dist, 'workflow-bundle.js'), code);
}

if (require.main === module) {
  stage('build dist/', build).catch((error: unknown) => {
    explain(error);
    process.exit(1);
  });
}
