import { kinds } from '../operations/kinds';
import type { Ending } from '../operations/outcome';
import type { Size, Spec } from '../spec';

/** A database's holding during a change: of each resource, the larger of the current and the requested amount. */
export function heldDuring(held: Size | null, requested: Size): Size {
  return {
    nanoCpus: Math.max(held?.nanoCpus ?? 0, requested.nanoCpus),
    memoryBytes: Math.max(held?.memoryBytes ?? 0, requested.memoryBytes),
  };
}

/** An operation's end, and the state in which it left the database. */
interface Ended extends Pick<Ending, 'kind' | 'outcome' | 'wayBack'> {
  readonly held: Size;
  readonly spec: Spec;
  /** Whether an engine has ever been ready; before that there is only a record. */
  readonly hasData: boolean;
}

/**
 * A database's holding after an operation that did not delete it; null for none. The holding stays unchanged while the
 * host may still have resources that the operation should have removed.
 */
export function heldAfter({ kind, outcome, wayBack, held, spec, hasData }: Ended): Size | null {
  if (wayBack === 'failed' || (kind === 'recover' && outcome !== 'succeeded')) return held;
  if (kind === 'delete' || kinds[kind].recordOnly) return held;
  return hasData ? spec.size : null;
}
