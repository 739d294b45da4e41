import type { ObservedObject } from '../../containers/backend';
import { databaseIdOf, tenantIdOf } from '../../domain/names';
import type { Orphan } from '../../store/health/observations';
import type { Comparison } from './compare';

/**
 * Objects with our labels that belong to no record: everything of databases without one, and volumes that are not in
 * their database's record. They are never deleted: they may hold the last copy of somebody's data.
 */
export function orphansAmong(
  objects: readonly ObservedObject[],
  knownDatabases: ReadonlySet<string>,
  comparisons: readonly Comparison[],
): Orphan[] {
  const unknownVolumes = new Set(
    comparisons.flatMap((comparison) => comparison.unknownVolumes.map(({ name }) => name)),
  );
  return objects.flatMap(({ kind, name, labels }): Orphan[] => {
    const [databaseId, tenantId] = [databaseIdOf(labels), tenantIdOf(labels)];
    if (databaseId === undefined || tenantId === undefined) return [];
    const isOrphan = !knownDatabases.has(databaseId) || (kind === 'volume' && unknownVolumes.has(name));
    return isOrphan ? [{ tenantId, databaseId, kind, name }] : [];
  });
}
