import { DatabaseError, type Problem } from '../../domain/errors';
import type { SidecarRole } from '../../domain/sidecars';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { raise } from '../notifications/notices';
import { freePort, lockPorts } from './ports';
import { json } from './records';

export interface SidecarKey {
  readonly instanceId: string;
  readonly role: SidecarRole;
}

/** What is recorded of sidecars: where they are reached, and why they are not. */
export function createSidecarRecords(prisma: PrismaClient) {
  return {
    /**
     * Where a sidecar is reached: a port of its own, which it keeps. Throws `superseded` when its instance is gone, and
     * `capacity_exhausted`.
     *
     * @param name its container's
     */
    async address({ instanceId, role }: SidecarKey, name: string): Promise<{ host: string; port: number }> {
      return translated('find the port of a sidecar', () =>
        prisma.$transaction(async (tx) => {
          const instance = await tx.instance.findUnique({ where: { id: instanceId }, include: { host: true } });
          if (instance === null) throw new DatabaseError('superseded', `instance ${instanceId} not found`);
          const { databaseId, tenantId, hostId, host } = instance;
          const where = { instanceId_role: { instanceId, role } };
          const found = await tx.sidecar.findUnique({ where });
          if (found !== null) return { host: host.address, port: found.hostPort };
          await lockPorts(tx, Prisma.sql`${hostId}`);
          const [free] = await tx.$queryRaw<{ port: number }[]>(freePort(Prisma.sql`${hostId}`));
          if (free === undefined) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
          const data = { instanceId, role, databaseId, tenantId, hostId, hostPort: free.port, name };
          await tx.sidecar.create({ data });
          return { host: host.address, port: free.port };
        }),
      );
    },

    /** It serves: what was wrong with it is over. */
    async serves({ instanceId, role }: SidecarKey): Promise<void> {
      await translated('record that a sidecar responds', () =>
        prisma.sidecar.updateMany({ where: { instanceId, role }, data: { error: Prisma.DbNull } }),
      );
    },

    /** These containers of sidecars do not run; one of which more is known already keeps that. */
    async foundDead(names: readonly string[]): Promise<void> {
      if (names.length === 0) return;
      const problem: Problem = { code: 'container_exited', message: 'its container is not running' };
      await translated('record dead sidecars', () => prisma.$transaction((tx) => degrade(tx, names, problem)));
    },

    /** Keeps on an operation what went wrong with a sidecar, and on the sidecar; may be repeated. */
    async warn(operationId: string, name: string, problem: Problem): Promise<void> {
      const warning = JSON.stringify([json(problem)]);
      await translated('record a warning', () =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRaw`
            UPDATE operations SET warnings = warnings || ${warning}::jsonb
            WHERE id = ${operationId} AND NOT warnings @> ${warning}::jsonb`;
          await degrade(tx, [name], problem);
          await tx.sidecar.updateMany({ where: { name }, data: { error: json(problem) } });
        }),
      );
    },
  };
}

/** Writes and tells what is wrong with sidecars of which nothing was known to be. */
async function degrade(tx: Executor, names: readonly string[], error: Problem): Promise<void> {
  const rows = await tx.$queryRaw<{ tenantId: string; databaseId: string; databaseName: string; role: SidecarRole }[]>`
    UPDATE sidecars SET error = ${JSON.stringify(error)}::jsonb FROM databases
    WHERE sidecars.name = ANY(${[...names]}) AND sidecars.error IS NULL AND databases.id = sidecars.database_id
    RETURNING sidecars.tenant_id AS "tenantId", sidecars.database_id AS "databaseId",
      databases.name AS "databaseName", sidecars.role`;
  const at = new Date();
  for (const { tenantId, databaseId, databaseName, role } of rows) {
    const data = { databaseName, role, error };
    await raise(tx, { tenantId, databaseId, type: 'sidecar.degraded', data }, at);
  }
}
