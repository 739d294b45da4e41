import { type Executor, Prisma } from '../connection/executor';

/** Locks a host's ports for this transaction. */
export async function lockPorts(tx: Executor, hostId: Prisma.Sql): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${hostId} FOR NO KEY UPDATE`;
}

/**
 * A free port of the host's range: the preferred one, or one at random, because another installation may use the same
 * range.
 */
export function freePort(hostId: Prisma.Sql, preferred: number | null = null): Prisma.Sql {
  return Prisma.sql`
    SELECT port FROM hosts, generate_series(hosts.port_from, hosts.port_to) AS port
    WHERE hosts.id = ${hostId}
      AND NOT EXISTS (SELECT 1 FROM instances AS used WHERE used.host_id = hosts.id AND used.host_port = port)
      AND NOT EXISTS (SELECT 1 FROM sidecars AS used WHERE used.host_id = hosts.id AND used.host_port = port)
    ORDER BY (port = ${preferred}::int) DESC NULLS LAST, random() LIMIT 1`;
}
