import type { LifecycleState } from '../states';
import { type OperationKind, operations, type RequestedKind } from './operations';
import type { Outcome } from './way-back';

/** How an operation came to its end. `wayBack` says whether it had to go back, and whether that worked. */
export interface Ending {
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly wayBack: 'not_taken' | 'done' | 'failed';
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
  /** For a recovery: the kind of the operation that was cut off. */
  readonly abortedKind: OperationKind | null;
}

/** The state in which a database is left by an operation's end; `gone` when its records are deleted. */
export function restAfter({ kind, outcome, wayBack, formerState, abortedKind }: Ending): LifecycleState | 'gone' {
  if (wayBack === 'failed') return 'failed';
  if (kind === 'recover') return outcome === 'succeeded' ? restAfterRecovery(abortedKind, formerState) : 'failed';
  if (kind === 'repair') return outcome === 'succeeded' ? (formerState ?? 'failed') : 'failed';
  if (outcome === 'succeeded') return restAfterSuccess(kind, formerState);
  if (kind === 'create') return outcome === 'cancelled' && formerState === null ? 'gone' : 'failed';
  // A failed delete may have destroyed data: it is never shown as usable again.
  if (kind === 'delete' && outcome === 'failed') return 'failed';
  return formerState ?? 'failed';
}

function restAfterSuccess(kind: RequestedKind, formerState: LifecycleState | null): LifecycleState | 'gone' {
  const { to } = operations[kind];
  return to === 'former' ? (formerState ?? 'failed') : (to ?? 'gone');
}

/** Half made or half deleted, it is an operator's decision: retry, delete. Any other is as it was. */
function restAfterRecovery(abortedKind: OperationKind | null, formerState: LifecycleState | null): LifecycleState {
  const isWhole = abortedKind !== null && abortedKind !== 'create' && abortedKind !== 'delete';
  return isWhole && formerState !== null ? formerState : 'failed';
}
