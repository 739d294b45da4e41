import { expect } from 'expect';
import fc from 'fast-check';
import * as circus from 'jest-circus';
import { ImpureTest, type Loader } from './loader';

const { addEventHandler, describe, it, resetState, run, test } = circus;
const { afterAll, afterEach, beforeAll, beforeEach } = circus;

let hasFailed = false;

/** Gives tests what Jest does, in this process. Property tests get the same cases in every run. */
export function installTestGlobals(): void {
  Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test });
  fc.configureGlobal({ seed: 1 });
  // One failure is enough: the rest of the file is skipped.
  addEventHandler((event) => {
    if (event.name === 'test_fn_failure') hasFailed = true;
    if (event.name === 'test_start' && hasFailed) event.test.mode = 'skip';
  });
}

export interface FileResult {
  /** The files of ours that it ran, relative to the root; none when it failed before its first test. */
  readonly files: readonly string[];
  readonly hasPassed: boolean;
}

/** Runs a test file from the start. Throws `ImpureTest`; any other error is a failure. */
export async function runFile(
  loader: Loader,
  file: string,
  mutated: ReadonlyMap<string, string> = new Map(),
): Promise<FileResult> {
  resetState();
  hasFailed = false;
  try {
    const files = loader.load(file, mutated);
    const { testResults, unhandledErrors } = await run();
    const isFailed = unhandledErrors.length > 0 || testResults.some(({ errors }) => errors.length > 0);
    return { files, hasPassed: !isFailed };
  } catch (error) {
    if (error instanceof ImpureTest) throw error;
    return { files: [], hasPassed: false };
  }
}
