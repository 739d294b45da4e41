import path from 'node:path';

/** A test file in Jest's JSON report. */
export interface ReportedFile {
  readonly name: string;
  /** Milliseconds since the epoch, as `endTime`. */
  readonly startTime: number;
  readonly endTime: number;
  /** `duration` is in milliseconds, and null for a test that did not run. */
  readonly assertionResults: readonly { readonly duration?: number | null }[];
}

/** The seconds that the files of each folder directly below `test/` may take together. */
export type TestBudgets = Readonly<Record<string, number>>;

/**
 * The slowest test files of a run, the slowest first, a line each: seconds, seconds of them outside tests (loading,
 * setting up and cleaning up), and the path from the root.
 */
export function slowestFiles(files: readonly ReportedFile[], root: string, count = 10): string[] {
  return files
    .map((file) => ({ file: path.relative(root, file.name), seconds: secondsOf(file), outside: outsideTests(file) }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds, outside }) => `${padded(seconds)} s  ${padded(outside)} s outside tests  ${file}`);
}

/**
 * What a complete run says about the budgets, a sentence per problem: a folder that took more than half as much again
 * as its budget, or has none. On a slow machine every folder takes longer, so budgets grow by the median of all
 * folders' ratios; they never shrink.
 */
export function budgetProblems(files: readonly ReportedFile[], root: string, budgets: TestBudgets): string[] {
  const taken = secondsPerFolder(files, root);
  const ratios = [...taken].flatMap(([folder, seconds]) => (budgets[folder] ? [seconds / budgets[folder]] : []));
  const slowness = Math.max(1, median(ratios));
  return [...taken].flatMap(([folder, seconds]) => {
    const budget = budgets[folder];
    if (budget === undefined) return [`${folder} took ${seconds.toFixed(0)} s and has no budget`];
    const most = budget * slowness * 1.5;
    return seconds > most ? [`${folder} took ${seconds.toFixed(0)} s, with a budget of ${budget} s`] : [];
  });
}

function secondsPerFolder(files: readonly ReportedFile[], root: string): Map<string, number> {
  const taken = new Map<string, number>();
  for (const file of files) {
    const folder = path.relative(root, file.name).split(path.sep).slice(0, -1).slice(0, 2).join('/');
    taken.set(folder, (taken.get(folder) ?? 0) + secondsOf(file));
  }
  return taken;
}

function secondsOf({ startTime, endTime }: ReportedFile): number {
  return (endTime - startTime) / 1000;
}

function outsideTests(file: ReportedFile): number {
  const inside = file.assertionResults.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000;
  return Math.max(0, secondsOf(file) - inside);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}

function padded(seconds: number): string {
  return seconds.toFixed(1).padStart(6);
}
