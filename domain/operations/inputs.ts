import type { OperationKind } from './kinds';

/** The input of a `repair`: how the database differs from its record. */
export interface RepairInput {
  readonly reasons: readonly string[];
  /** Present if the restart of the host's container engine ended the database, which says nothing about the database. */
  readonly cause?: 'engine_restart';
}

/** The input of a `recover`: the aborted operation. */
export interface RecoverInput {
  readonly operationId: string;
  readonly kind: OperationKind;
}

/** The kind of the aborted operation that a `recover` cleans up after; null for any other operation. */
export function abortedKindOf({
  kind,
  input,
}: {
  readonly kind: OperationKind;
  readonly input: unknown;
}): OperationKind | null {
  return kind === 'recover' ? (input as RecoverInput).kind : null;
}
