import { DatabaseError, type Problem } from '../../domain/errors';
import type { SidecarRole } from '../../domain/sidecars';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { raise } from '../notifications/notices';
import { addWarning } from '../operations/warnings';
import { freePort, lockPorts } from './ports';
import { json } from './records';
import { databases } from './selects';

export interface SidecarKey {
  readonly instanceId: string;
  readonly role: SidecarRole;
}

/** Records of sidecars: their addresses, and what is wrong with them. */
export function createSidecarRecords(prisma: PrismaClient) {
  return {
    /**
     * The address of a sidecar, which it keeps, with a port of its own. Throws `superseded` when its instance is gone,
     * and `capacity_exhausted`.
     *
     * @param name the name of its container
     */
    async address({ instanceId, role }: SidecarKey, name: string): Promise<{ host: string; port: number }> {
      return translated('find the port of a sidecar', () =>
        prisma.$transaction(async (tx) => {
          const instance = await tx.instance.findUnique({ where: { id: instanceId }, include: { host: true } });
          if (instance === null) throw new DatabaseError('superseded', `instance ${instanceId} not found`);
          const { databaseId, tenantId, hostId, host } = instance;
          const where = { instanceId_role: { instanceId, role } };
          const existing = await tx.sidecar.findUnique({ where });
          if (existing !== null) return { host: existing.address ?? host.address, port: existing.hostPort };
          await lockPorts(tx, Prisma.sql`${hostId}`);
          const [free] = await tx.$queryRaw<{ port: number }[]>(freePort(Prisma.sql`${hostId}`));
          if (free === undefined) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
          const { address } = host;
          const data = { instanceId, role, databaseId, tenantId, hostId, address, hostPort: free.port, name };
          await tx.sidecar.create({ data });
          return { host: host.address, port: free.port };
        }),
      );
    },

    /** Clears the error of a sidecar that serves. */
    async markServing({ instanceId, role }: SidecarKey): Promise<void> {
      await translated('record that a sidecar responds', () =>
        prisma.sidecar.updateMany({ where: { instanceId, role }, data: { error: Prisma.DbNull } }),
      );
    },

    /** Records sidecars' containers that do not run. A sidecar with an error keeps that one. */
    async markDead(names: readonly string[]): Promise<void> {
      if (names.length === 0) return;
      const problem: Problem = { code: 'container_exited', message: 'its container is not running' };
      await translated('record dead sidecars', () => prisma.$transaction((tx) => degrade(tx, names, problem)));
    },

    /** Records a problem with a sidecar on its operation and on the sidecar. May be repeated. */
    async warn(operationId: string, name: string, problem: Problem): Promise<void> {
      await translated('record a warning', () =>
        prisma.$transaction(async (tx) => {
          await addWarning(tx, operationId, problem);
          await degrade(tx, [name], problem);
          await tx.sidecar.updateMany({ where: { name }, data: { error: json(problem) } });
        }),
      );
    },
  };
}

/** Records an error of sidecars that had none, and raises a notice for each. */
async function degrade(tx: Executor, names: readonly string[], error: Problem): Promise<void> {
  const rows = await tx.$queryRaw<{ tenantId: string; databaseId: string; databaseName: string; role: SidecarRole }[]>`
    UPDATE sidecars SET error = ${JSON.stringify(error)}::jsonb FROM ${databases}
    WHERE sidecars.name = ANY(${[...names]}) AND sidecars.error IS NULL AND databases.id = sidecars.database_id
    RETURNING sidecars.tenant_id AS "tenantId", sidecars.database_id AS "databaseId",
      databases.name AS "databaseName", sidecars.role`;
  const at = await storeTime(tx);
  for (const { tenantId, databaseId, databaseName, role } of rows) {
    const data = { databaseName, role, error };
    await raise(tx, { tenantId, databaseId, type: 'sidecar.degraded', data }, at);
  }
}
