import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createDockerBackend } from '../containers/docker/backend';
import { build } from './build';
import { ensureHome } from './home';
import { ensureMachine } from './machine';
import { withParts } from './parts';
import { explain, stage } from './stages';

const root = path.join(__dirname, '..');

/** Every test of the project, on a store and a Temporal of its own that are gone afterwards. */
async function main(args: readonly string[]): Promise<boolean> {
  const machine = await ensureMachine(await ensureHome());
  await stage('build dist/', build);
  const before = await objects();
  const passed = await withParts(machine, (environment) => runJest(args, { ...process.env, ...environment }));
  const left = (await objects()).filter((object) => !before.includes(object));
  if (left.length > 0) process.stderr.write(`✗ the tests left behind: ${left.join(', ')}\n`);
  return passed && left.length === 0;
}

/** Jest, and its result in one plain line. No test at all is a failure. */
async function runJest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const report = path.join(root, '.slipway', 'jest.json');
  await rm(report, { force: true });
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${report}`, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const code = await new Promise<number>((resolve) => child.once('exit', (exit) => resolve(exit ?? 1)));
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
    await readFile(report, 'utf8'),
  ) as Record<string, number>;
  const skipped = numPendingTests ? `, ${numPendingTests} skipped` : '';
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
  return code === 0 && numPassedTests !== 0 && numRuntimeErrorTestSuites === 0;
}

/** Everything that any Slipway has on the Docker daemon. */
async function objects(): Promise<string[]> {
  const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
  return (await backend.list({ 'slipway.managed-by': 'slipway' })).map(({ kind, name }) => `${kind} ${name}`);
}

main(process.argv.slice(2)).then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    explain(error);
    process.exit(1);
  },
);
