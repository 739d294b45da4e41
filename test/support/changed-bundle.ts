import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtBundle } from './slipway';

const claim = 'const claim = await';

/** Workflows that begin with one more activity than ours: the histories of one cannot be replayed on the other. */
export const withAnotherActivity = (code: string): string =>
  replaced(
    code,
    claim,
    'await workflow_1.CancellationScope.nonCancellable(() => activities_1.control.claimOperation(operation));\n    const claim = await',
  );

/** Workflows that do not know a step. */
export const withoutStep =
  (step: string) =>
  (code: string): string =>
    replaced(code, `${step}: '3 minutes'`, `another: '3 minutes'`);

/** Writes a build of the workflows that differs from ours, and returns its path. */
export function changedBundle(change: (code: string) => string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'slipway-bundle-')), 'workflow-bundle.js');
  writeFileSync(file, change(readFileSync(builtBundle, 'utf8')));
  return file;
}

/** Throws unless the code has the text exactly once outside its source map. */
function replaced(code: string, text: string, by: string): string {
  const parts = code.split(text);
  if (parts.length !== 2) throw new Error(`the bundle has "${text}" ${parts.length - 1} times`);
  return parts.join(by);
}
