import { createHash } from 'node:crypto';
import type { Limits } from '../../domain/capacity/quotas';
import { DatabaseError } from '../../domain/errors';
import type { KeyRecord } from '../access/keys';
import type { TenantRecord } from '../access/tenants';
import type { HostWithLoad } from '../capacity/hosts';
import type { DatabaseRecord, InstanceRecord, OperationRecord } from '../databases/records';
import type { CheckRecord } from '../health/health-checks';
import type { BindingRecord } from '../notifications/bindings';
import type { ChannelRecord } from '../notifications/channels';

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

/** The version of a host's settings, its worker's and an administrator's. */
export function hostVersion(host: HostWithLoad): string {
  const { id, address, portFrom, portTo, addressPool, labels, capacity, cordoned } = host;
  const facts = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return versionOf([id, address, portFrom, portTo, addressPool, facts, capacity, cordoned]);
}

/** The version of a channel's record: another one after everything that is changed of it, secrets included. */
export function channelVersion({ id, updatedAt }: Pick<ChannelRecord, 'id' | 'updatedAt'>): string {
  return versionOf([id, updatedAt]);
}

/** The version of a check's set of bindings. */
export function bindingsVersion(bindings: readonly BindingRecord[]): string {
  return versionOf(bindings.map(({ channelId, notices, enabled }) => [channelId, notices, enabled]));
}

/** The version of a quota's limits: what is used of them makes none. */
export function quotaVersion({ databases, nanoCpus, memoryBytes }: Limits): string {
  return versionOf([databases, nanoCpus, memoryBytes]);
}

/** The version of a key: another one once it is rotated. */
export function keyVersion({ id, expiresAt, replacedBy }: KeyRecord): string {
  return versionOf([id, expiresAt, replacedBy]);
}

/** The version of a tenant, which never changes. */
export function tenantVersion({ id, name }: TenantRecord): string {
  return versionOf([id, name]);
}

/** The version of a check's settings: what is found makes none. */
export function checkVersion({ id, updatedAt }: CheckRecord): string {
  return versionOf([id, updatedAt]);
}

/** Throws `precondition_failed`. In the transaction that changes the resource, under its lock, so that nothing comes between. */
export function requireVersion(expected: Expected, version: string): void {
  if (expected === null || expected.includes(version)) return;
  throw new DatabaseError(
    'precondition_failed',
    'the resource has changed since it was read; read it again and decide whether to repeat the request',
  );
}

function versionOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 16);
}
