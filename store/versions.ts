import { createHash } from 'node:crypto';
import { DatabaseError } from '../databases/errors';
import type { HostWithLoad } from './hosts';
import type { DatabaseRecord, InstanceRecord, OperationRecord } from './records';

/** The versions one of which a resource must have for a request to be carried out; null for any. */
export type Expected = readonly string[] | null;

/**
 * The version of a database's record: another one after everything that is asked of it, and after each of its states. What
 * is seen of it, which nobody asked for, does not make a version.
 */
export function databaseVersion(database: DatabaseRecord): string {
  const { id, generation, state, error, spec, description, labels, deletionProtection, updatedAt } = database;
  return versionOf([id, generation, state, error, spec, description, labels, deletionProtection, updatedAt]);
}

/** The version of an instance's record: another one after each of its states. */
export function instanceVersion({ id, role, state, error, hostId, hostPort, updatedAt }: InstanceRecord): string {
  return versionOf([id, role, state, error, hostId, hostPort, updatedAt]);
}

/** The version of an operation's record: another one after each of its states and plans, and not after each step. */
export function operationVersion({ id, state, planNumber, cancelRequestedAt, endedAt }: OperationRecord): string {
  return versionOf([id, state, planNumber, cancelRequestedAt, endedAt]);
}

/** The version of a host's settings. */
export function hostVersion({ id, address, portFrom, portTo, addressPool }: HostWithLoad): string {
  return versionOf([id, address, portFrom, portTo, addressPool]);
}

/** Throws `precondition_failed`. In the transaction that changes the resource, under its lock, so that nothing comes between. */
export function requireVersion(expected: Expected, version: string): void {
  if (expected === null || expected.includes(version)) return;
  throw new DatabaseError('precondition_failed', 'the resource has changed: read it again, and decide anew');
}

function versionOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 16);
}
