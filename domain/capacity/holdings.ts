import { kinds } from '../operations/kinds';
import type { Ending } from '../operations/outcome';
import type { Size, Spec } from '../spec';

/** What a database holds while a change is at work: of each, the more of what it holds and what is asked for. */
export function heldDuring(held: Size | null, asked: Size): Size {
  return {
    nanoCpus: Math.max(held?.nanoCpus ?? 0, asked.nanoCpus),
    memoryBytes: Math.max(held?.memoryBytes ?? 0, asked.memoryBytes),
  };
}

/** An operation's end, and its database as that has left it. */
interface Ended extends Pick<Ending, 'kind' | 'outcome' | 'wayBack' | 'abortedKind'> {
  readonly held: Size;
  readonly spec: Spec;
  /** Whether an engine has ever been ready: without one there is a record alone. */
  readonly hasData: boolean;
}

/**
 * What a database holds after an operation that has not deleted it; null for nothing. As long as something that it
 * should not have may still be on its host, that is what it held.
 */
export function heldAfter({ kind, outcome, wayBack, abortedKind, held, spec, hasData }: Ended): Size | null {
  if (wayBack === 'failed' || (kind === 'recover' && outcome !== 'succeeded')) return held;
  const whole = abortedKind ?? kind;
  if (whole === 'delete' || kinds[whole].recordOnly) return held;
  return hasData ? spec.size : null;
}
