import { DatabaseError } from './errors';
import type { RequestedKind } from './operations/operations';

export type InstanceRole = 'primary' | 'standby';

/**
 * Throws `state_conflict` for what a standby does not do alone: stopped, it would fall behind until the primary has
 * thrown away the WAL that it needs, and would have to be made anew (PostgreSQL, 26.2.6). A verb on a primary is the
 * same verb on its database, as long as that has no other instance.
 */
export function requireAlone(kind: RequestedKind, role: InstanceRole): void {
  if (role === 'primary') return;
  const advice = kind === 'stop' ? 'promote or remove it instead' : 'request it for its database instead';
  throw new DatabaseError('state_conflict', `a standby alone does not support ${kind}: ${advice}`, { role });
}
