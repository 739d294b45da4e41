import { readFileSync } from 'node:fs';
import path from 'node:path';
import { applied, type Mutant, mutantsOf } from './mutants';
import { carryOutAll } from './workers';

/** A mutant with its place: `original` and `mutant` are its lines, each without indentation and as one line. */
export interface Change {
  readonly file: string;
  readonly line: number;
  readonly original: string;
  readonly mutant: string;
}

export interface Verdict extends Change {
  readonly isKilled: boolean;
}

interface Options {
  /** The folder that paths are relative to. */
  readonly root: string;
  /** The files to be mutated. */
  readonly files: readonly string[];
  /** Test files. Those that need a store, a container or a network are left out. */
  readonly tests: readonly string[];
  /** How many processes run tests. */
  readonly processes: number;
  readonly progress?: (done: number, all: number) => void;
}

/**
 * Makes one small change after another and runs the tests that load the changed file: a mutant is killed when a test
 * fails, or does not end. Throws if a test fails without any change.
 */
export async function examine({ root, files, tests, processes, progress }: Options): Promise<Verdict[]> {
  const testsOf = await testsByFile(root, tests, processes);
  const cases = files.flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    return mutantsOf(file, source).map((mutant) => ({
      change: changeOf(file, source, mutant),
      order: { tests: testsOf.get(file) ?? [], mutated: [file, applied(source, mutant)] as const },
    }));
  });
  let done = 0;
  const answers = await carryOutAll(
    root,
    cases.map(({ order }) => order),
    processes,
    () => progress?.(++done, cases.length),
  );
  return cases.map(({ change }, index) => ({ ...change, isKilled: answers[index]?.outcome !== 'passed' }));
}

/** The pure tests that load each file, quickest first. */
async function testsByFile(root: string, tests: readonly string[], processes: number): Promise<Map<string, string[]>> {
  const orders = tests.map((test) => ({ tests: [test], mutated: null }));
  const answers = await carryOutAll(root, orders, processes);
  const failed = tests.filter((_test, index) => ['failed', 'lost'].includes(answers[index]?.outcome ?? ''));
  if (failed.length > 0) throw new Error(`without any change, these tests fail: ${failed.join(', ')}`);
  const found = new Map<string, string[]>();
  const quickestFirst = answers
    .map(({ files, ms }, index) => ({ files, ms, test: tests[index] as string }))
    .sort((one, other) => one.ms - other.ms);
  for (const { files, test } of quickestFirst) {
    for (const file of files) found.set(file, [...(found.get(file) ?? []), test]);
  }
  return found;
}

function changeOf(file: string, source: string, mutant: Mutant): Change {
  const from = source.lastIndexOf('\n', mutant.start - 1) + 1;
  const end = source.indexOf('\n', mutant.end);
  const to = end < 0 ? source.length : end;
  const line = source.slice(0, mutant.start).split('\n').length;
  const after = source.slice(from, mutant.start) + mutant.text + source.slice(mutant.end, to);
  return { file, line, original: oneLine(source.slice(from, to)), mutant: oneLine(after) };
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
