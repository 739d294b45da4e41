import { type OperationKind, operations } from './operations';
import type { LifecycleState } from './states';
import type { Outcome } from './way-back';

/** How an operation came to its end. `wayBack` says whether it had to go back, and whether that worked. */
export interface Ending {
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly wayBack: 'not_taken' | 'done' | 'failed';
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
}

/** The state in which a database is left by an operation's end; `gone` when its records are deleted. */
export function restAfter({ kind, outcome, wayBack, formerState }: Ending): LifecycleState | 'gone' {
  // What recovery leaves is an operator's decision: retry, delete.
  if (kind === 'recover' || wayBack === 'failed') return 'failed';
  if (outcome === 'succeeded') return operations[kind].to ?? 'gone';
  if (kind === 'create') return outcome === 'cancelled' && formerState === null ? 'gone' : 'failed';
  // A failed delete may have destroyed data: it is never shown as usable again.
  if (kind === 'delete' && outcome === 'failed') return 'failed';
  return formerState ?? 'failed';
}
