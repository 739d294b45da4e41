import path from 'node:path';

/** A test file in Jest's JSON report; times are milliseconds since the epoch. */
export interface ReportedFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
}

/** The slowest test files of a run, the slowest first, a line each: seconds and path from the root. */
export function slowestFiles(files: readonly ReportedFile[], root: string, count = 10): string[] {
  return files
    .map(({ name, startTime, endTime }) => ({ file: path.relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
}
