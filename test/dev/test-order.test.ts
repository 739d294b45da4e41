import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runNode } from '../support/run-node';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
    /** In the order in which they ran. */
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Tests that need no store, Temporal or Docker, and take seconds. */
const folders = ['test/domain/access', 'test/domain/operations', 'test/domain/planning'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-order-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function runWith(seed: number): Promise<Report['testResults']> {
  const file = path.join(folder, `${seed}.json`);
  // As a run of its own, and not as a worker of this one.
  const { JEST_WORKER_ID: _id, ...environment } = process.env;
  // Without a limit of memory, Jest runs a few quick files one after the other.
  const args = [...folders, `--seed=${seed}`, '--workerIdleMemoryLimit=1GB', '--json', `--outputFile=${file}`];
  await runNode('node_modules/jest/bin/jest.js', args, environment);
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
  return [...testResults].sort((one, other) => one.name.localeCompare(other.name));
}

/** Every test with its result, in the order in which the tests of each file ran. */
const resultsOf = (files: Report['testResults']): string[] =>
  files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => `${path.basename(name)} ${fullName}: ${status}`),
  );

test('D21 tests pass in two different orders, and files run side by side', async () => {
  const [first, second] = [await runWith(1), await runWith(2)];
  const [one, other] = [resultsOf(first), resultsOf(second)];
  expect(one.length).toBeGreaterThan(100);
  expect(one.filter((result) => !result.endsWith(': passed'))).toEqual([]);
  expect([...other].sort()).toEqual([...one].sort());
  expect(other).not.toEqual(one);
  const byStart = [...first].sort((a, b) => a.startTime - b.startTime);
  // On one worker, each file would begin after the end of the one before.
  const beside = byStart.filter((file, index) => file.startTime < (byStart[index - 1]?.endTime ?? 0));
  expect(beside).not.toEqual([]);
});
