import type { Spec } from '../spec';
import type { LifecycleState } from '../states';
import { kinds, type OperationKind } from './kinds';
import { changedSpec, isRequested, legsOf, viaOf } from './operations';

/** Where a plan leads: to what was requested, or back to what was before. Histories of workflows hold these values. */
export type Direction = 'requested' | 'former';

/** What one plan of an operation is made for. */
export interface Aim {
  readonly direction: Direction;
  /** Which of the plans in this direction it is, from 0; the last one leads to the end. */
  readonly leg: number;
  /** Whether the operation goes back because it was cancelled. */
  readonly cancelling: boolean;
}

export interface GoalInput extends Pick<Aim, 'direction' | 'leg'> {
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly spec: Spec;
  readonly previousSpec: Spec | null;
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
  /** For a recovery: the kind of the operation that was cut off. */
  readonly abortedKind: OperationKind | null;
}

/** The specification that a plan leads to; null for no resources, `unchanged` for leaving everything as it is. */
export function goalOf({
  kind,
  input,
  direction,
  leg,
  spec,
  previousSpec,
  formerState,
  abortedKind,
}: GoalInput): Spec | null | 'unchanged' {
  if (kinds[abortedKind ?? kind].recordOnly) return 'unchanged';
  if (kind === 'recover') return abortedKind === 'delete' ? 'unchanged' : previousSpec;
  if (direction === 'former') {
    // What had failed before a delete is not brought up by cancelling that.
    return kind === 'delete' && formerState === 'failed' ? 'unchanged' : previousSpec;
  }
  if (!isRequested(kind)) return spec;
  const isInBetween = leg < legsOf(kind) - 1;
  return isInBetween ? viaOf(kind, spec) : changedSpec(kind, spec, input);
}
