import type { OperationKind } from './kinds';

/** The input of a `repair`: how the database differs from its record. */
export interface RepairInput {
  readonly reasons: readonly string[];
}

/** The input of a `recover` of what is owed: the operation that left the database `failed`. */
export interface RecoverInput {
  readonly operationId: string;
  readonly kind: OperationKind;
}
