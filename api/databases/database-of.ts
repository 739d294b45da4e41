import { DatabaseError } from '../../domain/errors';
import type { DatabaseRecord, InstanceRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { Principal } from '../http/authenticate';

/** A database of the caller's. Throws the same `not_found` for an unknown id and for another tenant's. */
export async function databaseOf(
  { databases }: Pick<Store, 'databases'>,
  { tenantId }: Principal,
  id: string,
): Promise<DatabaseRecord> {
  const database = await databases.get(tenantId, id);
  if (database === null) throw new DatabaseError('not_found', `database ${id} not found`);
  return database;
}

/** Its log says why a create hangs, so it need not be ready. Throws `state_conflict` where there is none. */
export function primaryOf({ id, state, instances }: DatabaseRecord): InstanceRecord {
  const primary = instances.find(({ role }) => role === 'primary');
  if (primary !== undefined) return primary;
  throw new DatabaseError('state_conflict', `database ${id} is ${state} and has no instance`, { currentState: state });
}
