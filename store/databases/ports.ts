import { type Executor, Prisma } from '../connection/executor';

/** Until the transaction ends, nobody else takes a port of the host. */
export async function lockPorts(tx: Executor, hostId: Prisma.Sql): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${hostId} FOR NO KEY UPDATE`;
}

/** A port of the host's range that no instance and no sidecar has, chosen at random: another installation may use the same range. */
export function freePort(hostId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT port FROM hosts, generate_series(hosts.port_from, hosts.port_to) AS port
    WHERE hosts.id = ${hostId}
      AND NOT EXISTS (SELECT 1 FROM instances AS used WHERE used.host_id = hosts.id AND used.host_port = port)
      AND NOT EXISTS (SELECT 1 FROM sidecars AS used WHERE used.host_id = hosts.id AND used.host_port = port)
    ORDER BY random() LIMIT 1`;
}
