import type { OperationRef } from '../databases/operations';
import { changeDatabase } from './change';

/** Brings a database into being: network, volume, container, logins, an engine that answers. */
export async function createDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Takes a database away, its data last; the records go only when everything else has. */
export async function deleteDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Clears what an operation left that was cut off, and leaves the database `failed`, for an operator to decide. */
export async function recoverDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}
