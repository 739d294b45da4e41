import { type OperationKind, operations } from './operations';
import type { Spec } from './spec';

/** Where a plan leads: to what was asked for, or back to what was before. */
export type Direction = 'requested' | 'former';

export interface GoalInput {
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly direction: Direction;
  readonly spec: Spec;
  readonly previousSpec: Spec | null;
  /** For a recovery: the kind of the operation that was cut off. */
  readonly abortedKind: OperationKind | null;
}

/** The specification that a plan leads to; null for no resources, `unchanged` for leaving everything as it is. */
export function goalOf({
  kind,
  input,
  direction,
  spec,
  previousSpec,
  abortedKind,
}: GoalInput): Spec | null | 'unchanged' {
  if (kind === 'recover') return abortedKind === 'delete' ? 'unchanged' : previousSpec;
  if (direction === 'former') return previousSpec;
  const { change } = operations[kind] as { readonly change: (spec: Spec | null, input: unknown) => Spec | null };
  return change(spec, input);
}
