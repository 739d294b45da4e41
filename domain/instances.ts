import { DatabaseError } from './errors';
import type { RequestedKind } from './operations/operations';

export type InstanceRole = 'primary' | 'standby';

/**
 * Throws `state_conflict` for an operation on a standby alone: a stopped standby would fall behind until the primary
 * has removed the WAL that it needs, and would have to be recreated (PostgreSQL, 26.2.6). An operation on a primary is
 * the same operation on its database, as long as the database has no other instance.
 */
export function requireAlone(kind: RequestedKind, role: InstanceRole): void {
  if (role === 'primary') return;
  const advice = kind === 'stop' ? 'promote or remove it instead' : 'request it for its database instead';
  throw new DatabaseError('state_conflict', `a standby alone does not support ${kind}: ${advice}`, { role });
}
