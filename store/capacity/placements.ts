import { noRoom, placementFor } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import type { PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { lockHolding } from './holdings';
import { candidates, takeNewRoom } from './rooms';

/** Where databases go. */
export function createPlacements(prisma: PrismaClient) {
  return {
    /**
     * The host of a database, which takes room there when it is placed first; it keeps its place until it holds nothing
     * any more. Throws `superseded` when it holds nothing by now, and `capacity_exhausted`.
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
            // Who else has taken the room since it was read is seen by the next reading.
            if (!(await takeNewRoom(tx, hostId, held.size))) continue;
            await tx.holding.update({ where: { databaseId }, data: { hostId }, select: { databaseId: true } });
            return hostId;
          }
        }),
      );
    },
  };
}
