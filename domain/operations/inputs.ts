import type { OperationKind } from './kinds';

/** The input of a `repair`: how the database differs from its record. */
export interface RepairInput {
  readonly reasons: readonly string[];
  /** Present if the restart of the host's container engine ended the database, which says nothing about the database. */
  readonly cause?: 'engine_restart';
}

/** The input of a `recover` of what is owed: the operation that left the database `failed`. */
export interface RecoverInput {
  readonly operationId: string;
  readonly kind: OperationKind;
}
