import type { ErrorCode } from '../errors';
import type { LifecycleState } from '../states';
import { kinds } from './kinds';
import type { Ending } from './outcome';

/**
 * Why a failed database is owed a recovery: the way back of an operation failed; an operation was aborted; a repair
 * failed; repairs were given up; a delete did not finish.
 */
export const owedCauses = ['way_back', 'aborted', 'repair', 'crash_loop', 'delete'] as const;
export type OwedCause = (typeof owedCauses)[number];

export interface OwedTries {
  readonly cause: OwedCause;
  /** Recoveries that have failed. */
  readonly tries: number;
}

/** The end of an operation, as it affects what its database is owed. */
export interface Ended extends Omit<Ending, 'power'> {
  /** The state in which it left the database. */
  readonly rest: LifecycleState;
  readonly error: ErrorCode | null;
  /** What was owed before it; null for nothing. */
  readonly owed: OwedTries | null;
}

/** `untouched`: what was owed before, or nothing, is still owed. `settled`: nothing is owed any more. */
export type OwedChange = 'untouched' | 'settled' | OwedTries;

/** What a database is owed after an operation that kept its record. */
export function owedAfter(ended: Ended): OwedChange {
  const { kind, outcome, formerState, rest, owed } = ended;
  if (kinds[kind].recordOnly) return 'untouched';
  if (rest !== 'failed' || outcome === 'succeeded') return 'settled';
  if (kind === 'recover') return owed === null ? 'untouched' : { ...owed, tries: owed.tries + 1 };
  const cause = causeOf(ended);
  if (cause === 'delete') return { cause, tries: 0 };
  // What had failed before a start or a cancelled delete still has the same way out.
  if (formerState === 'failed' && kind !== 'create') return 'untouched';
  return cause === null ? 'settled' : { cause, tries: 0 };
}

function causeOf({ kind, wayBack, error }: Ended): OwedCause | null {
  if (wayBack === 'done') return null;
  const isAborted = error === 'aborted';
  if (kind === 'delete' && (isAborted || wayBack === 'not_taken')) return 'delete';
  if (isAborted) return 'aborted';
  if (kind === 'repair') return error === 'crash_looping' ? 'crash_loop' : 'repair';
  return wayBack === 'failed' ? 'way_back' : null;
}

/** The pauses before the automatic recoveries after a failed repair: five within an hour. */
const repairPausesSeconds = [60, 240, 600, 1200, 1500];

const longestPauseSeconds = 600;

/** Seconds until the next automatic recovery; null when only a request starts one. */
export function nextTryAfter({ cause, tries }: OwedTries): number | null {
  switch (cause) {
    case 'way_back':
    case 'aborted':
      return Math.min(2 ** (tries + 1), longestPauseSeconds);
    case 'repair':
      return repairPausesSeconds[tries] ?? null;
    case 'crash_loop':
    case 'delete':
      return null;
  }
}
