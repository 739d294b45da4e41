import type { Change, Verdict } from './examine';

/** A mutant that no test can or should kill. */
export interface Accepted {
  readonly file: string;
  readonly original: string;
  readonly mutant: string;
  readonly reason: string;
}

export interface Judgement {
  /** Survivors that nobody has accepted. */
  readonly survivors: readonly Change[];
  /** Entries for examined files that match no survivor: the code has changed, or a test kills the mutant. */
  readonly stale: readonly Accepted[];
}

/** Compares the survivors with the accepted ones of the files that were examined. Line numbers do not matter. */
export function judge(
  verdicts: readonly Verdict[],
  accepted: readonly Accepted[],
  files: readonly string[],
): Judgement {
  const alive = verdicts.filter(({ isKilled }) => !isKilled);
  const keys = new Set(alive.map(keyOf));
  const acceptedKeys = new Set(accepted.map(keyOf));
  return {
    survivors: alive.filter((change) => !acceptedKeys.has(keyOf(change))),
    stale: accepted.filter((entry) => files.includes(entry.file) && !keys.has(keyOf(entry))),
  };
}

function keyOf({ file, original, mutant }: Pick<Accepted, 'file' | 'original' | 'mutant'>): string {
  return JSON.stringify([file, original, mutant]);
}
