import type { ObservedObject } from '../../containers/backend';
import { databaseIdOf, operationIdOf, tenantIdOf } from '../../domain/names';
import { type Difference, differenceOf, unknownObject } from '../../domain/planning/restored';
import type { DatabaseDifference } from '../../store/installation/differences';
import type { Comparison } from './compare';

/** What a pass over all databases of a host has read. */
export interface HostView {
  readonly objects: readonly ObservedObject[];
  readonly comparisons: readonly Comparison[];
  /** The operations of the objects that the store has. */
  readonly knownOperations: ReadonlySet<string>;
}

/** The operations that the objects name. */
export function operationsOf(objects: readonly ObservedObject[]): string[] {
  return [...new Set(objects.flatMap(({ labels }) => operationIdOf(labels) ?? []))];
}

/** How the host's databases differ from a store that was restored from a backup. No operation is open then. */
export function differencesOf(host: HostView): DatabaseDifference[] {
  const { objects, comparisons } = host;
  const compared = comparisons.flatMap((comparison): DatabaseDifference[] => {
    const { id: databaseId, tenantId } = comparison.database;
    const difference = differenceOfCompared(comparison, host);
    return difference === null ? [] : [{ databaseId, tenantId, ...difference }];
  });
  // Without a record, or on record without an instance here.
  const others = objects.flatMap(({ kind, name, labels }): DatabaseDifference[] => {
    const [databaseId, tenantId] = [databaseIdOf(labels), tenantIdOf(labels)];
    if (databaseId === undefined || tenantId === undefined) return [];
    if (comparisons.some(({ database }) => database.id === databaseId)) return [];
    return [{ databaseId, tenantId, ...unknownObject({ kind, name }) }];
  });
  const firstOfEach = new Map(others.reverse().map((one) => [one.databaseId, one]));
  return [...compared, ...firstOfEach.values()];
}

function differenceOfCompared(
  { database, missing, unknownVolumes }: Comparison,
  { objects, knownOperations }: HostView,
): Difference | null {
  const own = objects.filter(({ labels }) => databaseIdOf(labels) === database.id);
  return differenceOf({
    objects: own.map(({ kind, name, labels }) => ({ kind, name, operationId: operationIdOf(labels) })),
    knownOperations,
    missing,
    unknown: unknownVolumes,
  });
}
