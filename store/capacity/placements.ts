import { noRoom, placementFor } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import type { OperationRecord } from '../databases/records';
import { selectOperations } from '../databases/selects';
import { lockHolding } from './holdings';
import { isSilent } from './liveness';
import { candidates, giveBackRoom, takeNewRoom } from './rooms';

/** Placements of databases on hosts. */
export function createPlacements(prisma: PrismaClient) {
  return {
    /**
     * The host of a database without data. The first call takes room on a live host, and the database keeps its place while
     * it holds anything, unless its host was declared lost. Throws `superseded` when it holds nothing,
     * `capacity_exhausted`, and `host_silent` while no host is live.
     */
    async place(databaseId: string): Promise<string> {
      return translated('place the database', () =>
        prisma.$transaction(async (tx) => {
          const held = await lockHolding(tx, databaseId);
          if (held === null) throw new DatabaseError('superseded', `database ${databaseId} no longer needs a host`);
          if (held.hostId !== null) {
            if ((await tx.host.count({ where: { id: held.hostId, lostAt: { not: null } } })) === 0) return held.hostId;
            await giveBackRoom(tx, held.hostId, held.size);
          }
          for (;;) {
            const hosts = await candidates(tx);
            if (hosts.length === 0) throw new DatabaseError('host_silent', 'no host has a live worker');
            const hostId = placementFor(hosts, held.size);
            if (hostId === null) throw noRoom(hosts, held.size);
            // Another placement took the room since it was read: read again.
            if (!(await takeNewRoom(tx, hostId, held.size))) continue;
            await tx.holding.update({ where: { databaseId }, data: { hostId }, select: { databaseId: true } });
            return hostId;
          }
        }),
      );
    },

    /**
     * Gives up the places of new databases on silent hosts where no step of their create has begun. Their plans end here:
     * a step that the host begins later is refused.
     *
     * @returns the creates, whose runs have to start again
     */
    async leaveSilentHosts(): Promise<OperationRecord[]> {
      return translated('give up places on silent hosts', () =>
        prisma.$transaction(async (tx) => {
          // Locked first: a step that begins at the same time is then seen, or sees that its plan has ended.
          const waiting = await tx.$queryRaw<OperationRecord[]>(
            selectOperations(Prisma.sql`
              WHERE kind = 'create' AND state = 'running' AND NOT going_back AND EXISTS (
                SELECT 1 FROM holdings JOIN hosts ON hosts.id = holdings.host_id
                WHERE holdings.database_id = operations.database_id AND ${isSilent})
              ORDER BY created_at LIMIT ${batch} FOR UPDATE SKIP LOCKED`),
          );
          const left: OperationRecord[] = [];
          for (const operation of waiting) if (await leave(tx, operation)) left.push(operation);
          return left;
        }),
      );
    },
  };
}

/** Creates that leave a silent host in one transaction. */
const batch = 20;

async function leave(tx: Executor, { id, databaseId }: OperationRecord): Promise<boolean> {
  const begun = await tx.step.count({ where: { operationId: id, state: { not: 'pending' } } });
  const used = await tx.instance.count({ where: { databaseId, initializedAt: { not: null } } });
  if (begun > 0 || used > 0) return false;
  const held = await lockHolding(tx, databaseId);
  if (held === null || held.hostId === null) return false;
  await tx.operation.update({ where: { id }, data: { planNumber: { increment: 1 } }, select: { id: true } });
  await tx.instance.deleteMany({ where: { databaseId } });
  await giveBackRoom(tx, held.hostId, held.size);
  await tx.holding.update({ where: { databaseId }, data: { hostId: null }, select: { databaseId: true } });
  return true;
}
