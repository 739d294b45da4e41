import { type Difference, type HostDifferences, type Standing, standingOf } from '../../domain/planning/restored';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';

/** How a database differs from its record, as a host's pass has found. */
export interface DatabaseDifference extends Difference {
  readonly databaseId: string;
  readonly tenantId: string;
}

/** How a database compares with the restored store. */
export interface ComparedDatabase {
  readonly databaseId: string;
  readonly tenantId: string;
  /** Null for a database without a record. */
  readonly name: string | null;
  readonly standing: Standing;
  /** In words, for a difference. */
  readonly reason: string | null;
}

export interface Comparison {
  readonly databases: readonly ComparedDatabase[];
  /** The hosts with databases that no pass has compared yet. */
  readonly hostsNotCompared: readonly string[];
}

/** What hosts have found while the store is held. */
export function createDifferences(prisma: PrismaClient) {
  return {
    /**
     * Replaces a host's differences. Does nothing once the store is released, or was restored again since the pass began.
     *
     * @param epoch the store's when the pass began
     */
    async reportDifferences(hostId: string, epoch: number, differences: readonly DatabaseDifference[]): Promise<void> {
      await translated(
        "record a host's differences",
        () => prisma.$executeRaw`
          UPDATE reconcilers SET differences = ${JSON.stringify(differences)}::jsonb
          WHERE host_id = ${hostId}
            AND EXISTS (SELECT 1 FROM installations WHERE epoch = ${epoch} AND held_since IS NOT NULL)`,
      );
    },

    /** Which of these operations the store has. */
    async knownOperations(ids: readonly string[]): Promise<Set<string>> {
      const rows = await translated(
        'look up operations',
        () => prisma.$queryRaw<{ id: string }[]>`SELECT id FROM operations WHERE id = ANY (${[...ids]})`,
      );
      return new Set(rows.map(({ id }) => id));
    },

    /** How every database compares with the store, by the last pass of its hosts. */
    async comparison(): Promise<Comparison> {
      return translated('read the comparison', () => readComparison(prisma));
    },
  };
}

export async function readComparison(executor: Executor): Promise<Comparison> {
  const reports = await executor.$queryRaw<{ hostId: string; differences: DatabaseDifference[] }[]>`
    SELECT host_id AS "hostId", differences FROM reconcilers WHERE differences IS NOT NULL`;
  const all = await executor.$queryRaw<
    { databaseId: string; tenantId: string; name: string; isDeleted: boolean; hostIds: string[] }[]
  >`
    SELECT id AS "databaseId", tenant_id AS "tenantId", name, deleted_at IS NOT NULL AS "isDeleted",
      ARRAY(SELECT DISTINCT host_id FROM instances WHERE database_id = databases.id) AS "hostIds"
    FROM databases ORDER BY id`;
  // A deleted one has volumes only, which are no difference; a purge refuses one that has a container.
  const recorded = all.filter(({ isDeleted }) => !isDeleted).map(({ isDeleted: _isDeleted, ...database }) => database);
  const hosts = new Map(
    reports.map(({ hostId, differences }) => [hostId, new Map(differences.map((one) => [one.databaseId, one]))]),
  );
  const databases = recorded.map(({ hostIds, ...database }) => ({
    ...database,
    ...standingOf(database.databaseId, partsOf(database.databaseId, hostIds, hosts)),
  }));
  const known = new Set(all.map(({ databaseId }) => databaseId));
  const withoutRecord = reports
    .flatMap(({ differences }) => differences)
    .filter(({ databaseId }) => !known.has(databaseId))
    .map(({ databaseId, tenantId, difference: standing, reason }) => ({
      ...{ databaseId, tenantId, standing, reason },
      name: null,
    }));
  const needed = new Set(recorded.flatMap(({ hostIds }) => hostIds));
  return {
    databases: [...databases, ...withoutRecord],
    hostsNotCompared: [...needed].filter((hostId) => !hosts.has(hostId)).sort(),
  };
}

/** The hosts of a database, and any other host that has found something of it. */
function partsOf(
  databaseId: string,
  hostIds: readonly string[],
  hosts: ReadonlyMap<string, ReadonlyMap<string, Difference>>,
): HostDifferences[] {
  const own = hostIds.map((hostId) => hosts.get(hostId) ?? null);
  const others = [...hosts].filter(([hostId, found]) => !hostIds.includes(hostId) && found.has(databaseId));
  return [...own, ...others.map(([, found]) => found)];
}
