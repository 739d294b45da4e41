import { DatabaseError } from '../../domain/errors';
import type { DatabaseRecord, InstanceRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { Principal } from '../http/authenticate';

/** The caller's database. Throws the same `not_found` for an unknown id and for another tenant's database. */
export async function databaseOf(
  { databases }: Pick<Store, 'databases'>,
  { tenantId }: Principal,
  id: string,
): Promise<DatabaseRecord> {
  const database = await databases.get(tenantId, id);
  if (database === null) throw new DatabaseError('not_found', `database ${id} not found`);
  return database;
}

/** The primary, ready or not: its log shows why a create hangs. Throws `state_conflict` if there is none. */
export function primaryOf({ id, state, instances }: DatabaseRecord): InstanceRecord {
  const primary = instances.find(({ role }) => role === 'primary');
  if (primary !== undefined) return primary;
  throw new DatabaseError('state_conflict', `database ${id} is ${state} and has no instance`, { currentState: state });
}
