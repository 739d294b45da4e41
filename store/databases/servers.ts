import { DatabaseError } from '../../domain/errors';
import type { Applied } from '../../domain/planning/resources';
import { translated } from '../connection/errors';
import { Prisma, type PrismaClient } from '../connection/executor';
import { freePort, lockPorts } from './ports';

/** Addresses of instances' servers, and the settings applied to them, for the activities. */
export function createServers(prisma: PrismaClient) {
  return {
    /** The address of an instance. Throws `superseded` when it is gone, or its database is deleted. */
    async address(instanceId: string): Promise<{ host: string; port: number }> {
      const row = await translated('read an address', () =>
        prisma.instance.findUnique({
          where: { id: instanceId },
          select: { address: true, hostPort: true, host: true },
        }),
      );
      if (row?.hostPort == null) throw new DatabaseError('superseded', `instance ${instanceId} not found`);
      return { host: row.address ?? row.host.address, port: row.hostPort };
    },

    /** Records what was applied to an engine; null while a change is under way. */
    async recordApplied(instanceId: string, part: Partial<Applied>): Promise<void> {
      await translated(
        'record what was applied',
        () => prisma.$executeRaw`
          UPDATE instances SET applied = coalesce(applied, '{"settings": null, "credentials": null}') || ${JSON.stringify(part)}::jsonb
          WHERE id = ${instanceId}`,
      );
    },

    /** What was last applied to an engine; null before the first time. */
    async applied(instanceId: string): Promise<Applied | null> {
      const row = await translated('read what was applied', () =>
        prisma.instance.findUnique({ where: { id: instanceId }, select: { applied: true } }),
      );
      return (row?.applied ?? null) as unknown as Applied | null;
    },

    /** Gives an instance that was never used another port, because its port is taken. */
    async reassignPort(instanceId: string): Promise<number> {
      const hostId = Prisma.sql`(SELECT host_id FROM instances WHERE id = ${instanceId})`;
      return translated('find another port', () =>
        prisma.$transaction(async (tx) => {
          await lockPorts(tx, hostId);
          const [row] = await tx.$queryRaw<{ host_port: number }[]>`
            UPDATE instances SET host_port = free.port
            FROM (${freePort(hostId)}) AS free
            WHERE id = ${instanceId} AND initialized_at IS NULL
            RETURNING instances.host_port`;
          if (row === undefined) throw new DatabaseError('capacity_exhausted', 'the host has no free port');
          return row.host_port;
        }),
      );
    },
  };
}
