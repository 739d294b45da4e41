import { query } from './database';

/** Finds counters that differ from the sum of the databases' holdings. */
const wrongCounters = `
  WITH counted AS (
    SELECT 'tenant ' || tenant_id AS whose, databases_used AS databases, nano_cpus_used AS nano_cpus,
      memory_bytes_used AS memory_bytes FROM quotas
    UNION ALL SELECT 'host ' || id, NULL, nano_cpus_used, memory_bytes_used FROM hosts
  ), held AS (
    SELECT 'tenant ' || tenant_id AS whose, count(*) AS databases, sum(nano_cpus) AS nano_cpus,
      sum(memory_bytes) AS memory_bytes FROM holdings GROUP BY tenant_id
    UNION ALL SELECT 'host ' || host_id, NULL, sum(nano_cpus), sum(memory_bytes)
      FROM holdings WHERE host_id IS NOT NULL GROUP BY host_id
  )
  SELECT whose, counted::text, held::text FROM counted FULL JOIN held USING (whose)
  WHERE coalesce(counted.databases, 0) <> coalesce(held.databases, 0)
    OR coalesce(counted.nano_cpus, 0) <> coalesce(held.nano_cpus, 0)
    OR coalesce(counted.memory_bytes, 0) <> coalesce(held.memory_bytes, 0)`;

/** Finds databases at rest whose holding differs from their record in size, or from their instance in host. */
const wrongHoldings = `
  SELECT databases.id, databases.state, databases.spec -> 'size' AS size, holdings.nano_cpus, holdings.memory_bytes
  FROM databases LEFT JOIN holdings ON holdings.database_id = databases.id
    LEFT JOIN instances ON instances.database_id = databases.id
  WHERE databases.state IN ('available', 'stopped', 'paused')
    AND NOT EXISTS (
      SELECT 1 FROM operations WHERE database_id = databases.id AND operations.state IN ('pending', 'running', 'cancelling'))
    AND (holdings.nano_cpus IS DISTINCT FROM (databases.spec #>> '{size,nanoCpus}')::bigint
      OR holdings.memory_bytes IS DISTINCT FROM (databases.spec #>> '{size,memoryBytes}')::bigint
      OR holdings.host_id <> instances.host_id)`;

/** Expects quotas and hosts to count all holdings, and each database at rest to hold the size in its record. */
export async function expectCounted(databaseUrl: string): Promise<void> {
  expect({
    counters: await query(databaseUrl, wrongCounters),
    holdings: await query(databaseUrl, wrongHoldings),
  }).toEqual({ counters: [], holdings: [] });
}

/** The holding of a database; undefined if it has none. */
export async function holdingOf(databaseUrl: string, databaseId: string) {
  const [row] = await query<{ nanoCpus: number; memoryBytes: number; hostId: string | null }>(
    databaseUrl,
    `SELECT nano_cpus::float8 AS "nanoCpus", memory_bytes::float8 AS "memoryBytes", host_id AS "hostId"
     FROM holdings WHERE database_id = $1`,
    [databaseId],
  );
  return row;
}
