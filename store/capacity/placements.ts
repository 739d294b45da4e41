import { noRoom, placementFor } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { lockHolding } from './holdings';
import { candidates, takeNewRoom } from './rooms';

/** Placements of databases on hosts. */
export function createPlacements(prisma: PrismaClient) {
  return {
    /**
     * The host of a database. The first call takes room there, and the database keeps its place while it holds
     * anything. Throws `superseded` when it holds nothing, and `capacity_exhausted`.
     */
    async place(databaseId: string): Promise<string> {
      return translated('place the database', () =>
        prisma.$transaction(async (tx) => {
          const held = await lockHolding(tx, databaseId);
          if (held === null) throw new DatabaseError('superseded', `database ${databaseId} no longer needs a host`);
          if (held.hostId !== null) return held.hostId;
          for (;;) {
            const hosts = await candidates(tx);
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
  };
}
