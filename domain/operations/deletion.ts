import { DatabaseError } from '../errors';
import type { Resource } from '../planning/resources';
import type { OperationKind } from './kinds';

/** How deleted databases are kept. A delete, and an undelete, which leads back there if it fails, record it. */
export interface Keeping {
  /** How long the data can be brought back, from when the database is deleted. Missing when a delete destroys it. */
  readonly keepSeconds?: number;
}

/** How long a database that this operation leaves `deleted` keeps its data; 0 when the operation destroys them. */
export function keepSecondsOf({ kind, input }: { readonly kind: OperationKind; readonly input: unknown }): number {
  return kind === 'delete' || kind === 'undelete' ? ((input as Keeping).keepSeconds ?? 0) : 0;
}

/** Pause, in seconds, after a purge that failed. */
export const purgeRetrySeconds = 600;

/**
 * A deleted database has no containers. One that has some was brought back after the backup from which its record was
 * restored. Throws `state_conflict`, so that a purge destroys nothing that is in use.
 */
export function requireUnusedByContainers(observed: readonly Resource[]): void {
  const container = observed.find(({ kind }) => kind === 'server' || kind === 'sidecar');
  if (container === undefined) return;
  const message = `container ${container.name} of the deleted database exists; undelete the database, or remove its containers`;
  throw new DatabaseError('state_conflict', message, { resource: container.name, hostId: container.hostId });
}
