import type { OperationRef } from '../domain/operations/operations';
import { changeDatabase } from './change';

// One function for each kind of operation: Temporal finds a workflow by the name of its export, so a table cannot
// create them. Their bodies are the same because the kinds differ in their plans.

export { deliverNotification, testChannel } from './notifications';

/** Creates a database: network, volume, container and logins, until its engine answers. */
export async function createDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Stops the engines; the data and the address stay. */
export async function stopDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Starts the stopped engines, and waits until they answer. */
export async function startDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Stops the engines and starts them again. */
export async function restartDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Freezes the engines, which keep their memory and their connections. */
export async function pauseDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Unfreezes the paused engines, and waits until they answer. */
export async function resumeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Changes the size of a database: CPUs while it runs, memory by a restart. */
export async function resizeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Gives the owner a new password; open sessions stay. */
export async function rotateCredentials(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Changes size, parameters and sidecars; parameters by a reload where that is enough. */
export async function updateDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Changes the description, labels or deletion protection of a database, and nothing that runs. */
export async function describeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Deletes a database: its data last, unless they are kept; the records go only after everything else. */
export async function deleteDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Brings a deleted database back on its volumes; if that fails, it is deleted as before. */
export async function undeleteDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Destroys the data of a deleted database; the record goes after everything else. */
export async function purgeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Repairs drift from the record: a container that was killed, removed or paused, or a missing network. */
export async function repairDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/**
 * Cleans up after an aborted operation. The database returns to its previous state; a half created or half deleted one
 * becomes `failed`, for an operator to decide.
 */
export async function recoverDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}
