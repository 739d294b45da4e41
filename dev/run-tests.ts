import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createDockerBackend } from '../containers/docker/backend';
import { ensureDist } from './build/dist';
import { ensureMachine } from './machine/machine';
import { Interrupted } from './machine/stages';
import { endWithThisProcess } from './stack/children';
import { ensureHome } from './stack/home';
import { type PartsEnvironment, withParts } from './stack/parts';
import { unlessSignalled, untilSignal } from './stack/signals';

const root = path.join(__dirname, '..');

/**
 * Tests on a store and a Temporal of their own that are gone afterwards.
 *
 * @returns the exit code: 1 when a test failed, when there was none, or when something was left on the Docker engine
 */
export async function runTests(args: readonly string[], settings: PartsEnvironment = {}): Promise<number> {
  const signalled = untilSignal();
  const home = await ensureHome();
  const machine = await unlessSignalled(signalled, ensureMachine(home));
  await unlessSignalled(signalled, ensureDist());
  const before = await objects();
  const passed = await withParts(home, machine, (environment) =>
    runJest({
      args,
      env: { ...process.env, ...environment, ...settings },
      report: path.join(home.folder, 'jest.json'),
      signalled,
    }),
  );
  const left = (await objects()).filter((object) => !before.includes(object));
  if (left.length > 0) process.stderr.write(`✗ the tests left behind: ${left.join(', ')}\n`);
  return passed && left.length === 0 ? 0 : 1;
}

interface JestRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The file that Jest writes its results to. */
  readonly report: string;
  readonly signalled: Promise<NodeJS.Signals>;
}

/** Jest, and its result in one plain line. No test at all is a failure. */
async function runJest({ args, env, report, signalled }: JestRun): Promise<boolean> {
  await rm(report, { force: true });
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${report}`, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  endWithThisProcess(child, 'SIGTERM', true);
  // Its workers, too: by themselves they would go on with their file.
  void signalled.then((signal) => child.pid !== undefined && process.kill(-child.pid, signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal !== null) throw new Interrupted(signal);
  // Then it has not run at all, and has said why.
  if (!existsSync(report)) return false;
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
