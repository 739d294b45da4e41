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
  /** The recorded power of a database with data; null while it has none. */
  readonly power: Power | null;
  /** Whether a delete that succeeds keeps the data. */
  readonly keepsData?: boolean;
}

const restOf = { running: 'available', stopped: 'stopped', paused: 'paused' } as const;

/** The state that a record describes: `failed` for a database without data. */
export function recordedState(power: Power | null): 'available' | 'stopped' | 'paused' | 'failed' {
  return power === null ? 'failed' : restOf[power];
}

/** The state of a database after an operation; `gone` when its records are removed. */
export function restAfter(ending: Ending): LifecycleState | 'gone' {
  const { kind, outcome, wayBack, formerState, power } = ending;
  if (kind === 'purge' && outcome !== 'succeeded') return 'deleted';
  if (wayBack === 'failed') return 'failed';
  if (outcome === 'succeeded') return restAfterSuccess(ending);
  if (kind === 'recover') return 'failed';
  if (wayBack === 'not_taken' && !goesBack(kind, outcome)) return 'failed';
  if (kind !== 'create') return formerState ?? 'failed';
  // A create with data went back to the whole database.
  if (power !== null && wayBack === 'done') return recordedState(power);
  return outcome === 'cancelled' && formerState === null ? 'gone' : 'failed';
}

function restAfterSuccess({ kind, formerState, power, keepsData = false }: Ending): LifecycleState | 'gone' {
  const { to } = kinds[kind];
  if (to === 'recorded') return recordedState(power);
  if (to === null) return keepsData ? 'deleted' : 'gone';
  return to === 'former' ? (formerState ?? 'failed') : to;
}
