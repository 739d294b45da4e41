import { existsSync, readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { encryptedBundleOf } from '../../temporal/data-converter';
import { run } from '../machine/command';
import { stage } from '../machine/stages';
import { sourceDigest } from './sources';

const root = path.join(__dirname, '..', '..');
const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.sources');

/** Makes `dist/` unless it is made of the source as it is now. */
export async function ensureDist(): Promise<void> {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceDigest()) return;
  await stage('build dist/', buildDist);
}

/** Makes `dist/`: the programs for production, their migrations, and the workflows as one file. */
export async function buildDist(): Promise<void> {
  // Of before: what changes while it is built is for the next time.
  const digest = sourceDigest();
  await compile('tsconfig.build.json', dist);
  const bundle = path.join(dist, 'workflow-bundle.js');
  await bundleWorkflows(bundle, {});
  await bundleWorkflows(encryptedBundleOf(bundle), {
    failureConverterPath: path.join(dist, 'workflows', 'failure-converter.js'),
  });
  await writeFile(stamp, digest);
}

/** Makes the workers of the load and of the roll-out as those for production are made. @returns their folder */
export async function buildBenchWorkers(): Promise<string> {
  const built = path.join(root, '.slipway', 'bench');
  await stage('build the workers of the bench', () => compile('tsconfig.bench.json', built));
  return path.join(built, 'dev', 'bench');
}

/** Makes programs anew, with the migrations that they bring a store to. */
async function compile(config: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', path.join(root, config)]);
  await cp(path.join(root, 'prisma'), path.join(folder, 'prisma'), { recursive: true });
}

async function bundleWorkflows(file: string, converter: { readonly failureConverterPath?: string }): Promise<void> {
  const workflowsPath = path.join(dist, 'workflows', 'index.js');
  const workflowInterceptorModules = [path.join(dist, 'workflows', 'interceptors.js')];
  // Webpack tells every module that it packs at the level INFO.
  const logger = new DefaultLogger('WARN');
  const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger, ...converter });
  await writeFile(file, code);
}
