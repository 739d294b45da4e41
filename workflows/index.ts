import type { OperationRef } from '../domain/operations/operations';
import { changeDatabase } from './change';

// One function for each kind of operation: Temporal finds a workflow by the name of its export, so a table cannot make
// them. Their bodies are alike because the kinds differ in what they plan.

export { deliverNotification, testChannel } from './notifications';

/** Brings a database into being: network, volume, container, logins, an engine that answers. */
export async function createDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Stops the engines; the data and the address stay. */
export async function stopDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Starts what was stopped, and waits until the engines answer. */
export async function startDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Stops and starts. */
export async function restartDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Freezes the engines, which keep their memory and their connections. */
export async function pauseDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Lets what was paused go on, and waits until the engines answer. */
export async function resumeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Gives a database more or less to use: processors while it runs, memory by a restart. */
export async function resizeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Gives the owner another password; sessions that are open stay. */
export async function rotateCredentials(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Changes size and parameters, by a reload where that is enough. */
export async function updateDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Changes what is kept of a database for its owners' use, and nothing that runs. */
export async function describeDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Takes a database away, its data last; the records go only when everything else has. */
export async function deleteDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Brings back what drifted away from the record: a container that was killed, removed, paused, a network that is gone. */
export async function repairDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}

/** Clears what an operation left that was cut off, and leaves the database `failed`, for an operator to decide. */
export async function recoverDatabase(operation: OperationRef): Promise<void> {
  await changeDatabase(operation);
}
