import type { Power } from '../spec';
import type { LifecycleState, Outcome } from '../states';
import { goesBack, kinds, type OperationKind } from './kinds';

/** How an operation ended. `wayBack` says whether it went back and whether that succeeded. */
export interface Ending {
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly wayBack: 'not_taken' | 'done' | 'failed';
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
  /** For a `recover`: the kind of the aborted operation. */
  readonly abortedKind: OperationKind | null;
  /** The recorded power of a database with data; null while it has none. */
  readonly power?: Power | null;
}

const restOf = { running: 'available', stopped: 'stopped', paused: 'paused' } as const;

/** The state of a database after an operation; `gone` when its records are deleted. */
export function restAfter({
  kind,
  outcome,
  wayBack,
  formerState,
  abortedKind,
  power = null,
}: Ending): LifecycleState | 'gone' {
  if (wayBack === 'failed') return 'failed';
  // A create with data went back to the whole database.
  const wentBack = kind === 'create' ? wayBack === 'done' : abortedKind === 'create' && outcome === 'succeeded';
  if (power !== null && wentBack) return restOf[power];
  if (outcome === 'succeeded') return restAfterSuccess(kind, abortedKind, formerState);
  if (!goesBack(kind, outcome)) return 'failed';
  if (kind === 'create') return outcome === 'cancelled' && formerState === null ? 'gone' : 'failed';
  return formerState ?? 'failed';
}

function restAfterSuccess(
  kind: OperationKind,
  abortedKind: OperationKind | null,
  formerState: LifecycleState | null,
): LifecycleState | 'gone' {
  const { to } = kinds[kind];
  if (to !== 'former') return to ?? 'gone';
  // A half created or half deleted database is left to an operator to decide: retry or delete.
  const isWhole = kinds[abortedKind ?? kind].during === 'modifying';
  return isWhole && formerState !== null ? formerState : 'failed';
}
