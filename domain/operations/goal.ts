import type { Spec } from '../spec';
import type { LifecycleState } from '../states';
import { keepSecondsOf } from './deletion';
import { kinds, type OperationKind } from './kinds';
import { changedSpec, isRequested, legsOf, viaOf } from './operations';

/** Where a plan leads: to the request, or back to the previous state. Workflow histories record these values. */
export type Direction = 'requested' | 'former';

/** The purpose of one plan of an operation. */
export interface Aim {
  readonly direction: Direction;
  /** The plan's number in its direction, from 0; the last plan reaches the goal. */
  readonly leg: number;
  /** Whether the operation goes back because it was cancelled. */
  readonly cancelling: boolean;
}

export interface GoalInput extends Pick<Aim, 'direction' | 'leg'> {
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly spec: Spec;
  /** Whether the database has data, according to the record or to its volumes. */
  readonly hasData: boolean;
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
}

/**
 * The unwanted volumes that a plan may remove: those that hold data only for a purge, or a delete that keeps nothing.
 */
export function removesOf(operation: Pick<GoalInput, 'kind' | 'input'>): 'unused' | 'all' {
  const destroys = operation.kind === 'delete' && keepSecondsOf(operation) === 0;
  return destroys || operation.kind === 'purge' ? 'all' : 'unused';
}

/** The specification that a plan leads to; null for no resources, `unchanged` to leave everything as it is. */
export function goalOf({
  kind,
  input,
  direction,
  leg,
  spec,
  hasData,
  formerState,
}: GoalInput): Spec | null | 'unchanged' {
  if (kinds[kind].recordOnly) return 'unchanged';
  // Only a success changes the specification, so going back leads to the record. A create with data was complete.
  const recorded = hasData ? spec : null;
  if (kind === 'recover') return recorded;
  if (direction === 'former') {
    if (formerState === 'deleted') return null;
    // Going back does not bring up a database that had failed before.
    return formerState === 'failed' && kind !== 'create' ? 'unchanged' : recorded;
  }
  if (!isRequested(kind)) return spec;
  const isInBetween = leg < legsOf(kind) - 1;
  return isInBetween ? viaOf(kind, spec) : changedSpec(kind, spec, input);
}
