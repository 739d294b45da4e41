import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureDist } from './build/dist';
import { budgetProblems, type ReportedFile, slowestFiles, type TestBudgets } from './build/test-times';
import { ensureMachine } from './machine/machine';
import { ensurePreparedImages } from './machine/prepared-images';
import { Interrupted, stage } from './machine/stages';
import { endWithThisProcess } from './stack/children';
import { ensureHome } from './stack/home';
import { installationsOf, installationsOn, objectsOf } from './stack/installations';
import { type PartsEnvironment, withParts } from './stack/parts';
import { unlessSignalled, untilSignal } from './stack/signals';

const root = path.join(__dirname, '..');

/**
 * Tests on a store and a Temporal of their own that are gone afterwards.
 *
 * @returns the exit code: 1 when a test failed, when there was none, or when it left something on the Docker engine
 */
export async function runTests(args: readonly string[], settings: PartsEnvironment = {}): Promise<number> {
  const signalled = untilSignal();
  const home = await ensureHome();
  const machine = await unlessSignalled(signalled, ensureMachine(home));
  const preparedImages = await unlessSignalled(
    signalled,
    stage('engine images of tests', (note) => ensurePreparedImages(machine.engineImages, note)),
  );
  await unlessSignalled(signalled, ensureDist());
  const folder = await mkdtemp(path.join(home.folder, 'tests-'));
  // Tests add the installations that they make, and each database is looked at before it is dropped.
  const installations = path.join(folder, 'installations');
  try {
    const run = async (environment: PartsEnvironment): Promise<number> => {
      const own = {
        SLIPWAY_ENGINE_IMAGES: preparedImages,
        SLIPWAY_TEST_ENGINE_IMAGES: machine.engineImages,
        SLIPWAY_TEST_INSTALLATIONS: installations,
      };
      const env = { ...process.env, ...environment, ...own, ...settings };
      const passed = await runJest({
        args,
        env,
        report: path.join(folder, 'jest.json'),
        kept: path.join(home.folder, 'test-report.json'),
        signalled,
      });
      const remaining = await installationsOn(environment.DATABASE_URL ?? '');
      const left = await objectsOf([...(await installationsOf(installations)), ...remaining]);
      if (left.length > 0) process.stderr.write(`✗ the tests left behind: ${left.join(', ')}\n`);
      return passed && left.length === 0 ? 0 : 1;
    };
    return await withParts(home, machine, run, { disposable: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface JestRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The file that Jest writes its results to. */
  readonly report: string;
  /** Where the report of a complete run stays, so that the time of each test can be looked up. */
  readonly kept: string;
  readonly signalled: Promise<NodeJS.Signals>;
}

/** What is read of Jest's JSON report. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly ReportedFile[];
}

/** Jest, and its result in one plain line. No test at all is a failure. */
async function runJest({ args, env, report, kept, signalled }: JestRun): Promise<boolean> {
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
  // Without a report, Jest has not run at all, and has said why.
  if (!existsSync(report)) return false;
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
    await readFile(report, 'utf8'),
  ) as JestReport;
  const slowest = slowestFiles(testResults, root);
  if (testResults.length > slowest.length) process.stdout.write(`the slowest files:\n${slowest.join('\n')}\n`);
  const complete = args.length === 0;
  if (complete) await copyFile(report, kept);
  const overBudget = complete ? budgetProblems(testResults, root, await readBudgets()) : [];
  for (const problem of overBudget) process.stderr.write(`✗ ${problem} (test/budgets.json)\n`);
  const skipped = numPendingTests ? `, ${numPendingTests} skipped` : '';
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
  return code === 0 && numPassedTests !== 0 && numRuntimeErrorTestSuites === 0 && overBudget.length === 0;
}

async function readBudgets(): Promise<TestBudgets> {
  return JSON.parse(await readFile(path.join(root, 'test', 'budgets.json'), 'utf8')) as TestBudgets;
}
