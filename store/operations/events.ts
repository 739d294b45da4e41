import { z } from 'zod';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { type PageRequest, pageTokenOf, placeOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';

/** An event as its tenant sees it; immutable. */
export interface EventRecord {
  /** Its position among all events of the store, from 1. */
  readonly sequence: number;
  readonly type: string;
  /** Null for an event about a host. */
  readonly databaseId: string | null;
  readonly operationId: string | null;
  readonly data: unknown;
  readonly at: Date;
}

export interface EventFilter {
  readonly databaseId?: string | undefined;
  readonly operationId?: string | undefined;
  readonly type?: string | undefined;
}

/** An event of any tenant. */
export interface TenantEvent extends EventRecord {
  readonly tenantId: string;
}

/** A page of an endless list: the token continues with later events. */
export interface EventPage {
  readonly items: readonly EventRecord[];
  readonly nextPageToken: string;
}

/** The number of the advisory lock for assigning places. */
const placesLock = 5_754_793;

const positionSchema = z.strictObject({ after: z.int().min(0) });

/** Reads of events. */
export function createEvents(prisma: PrismaClient, asTenant: TenantScope) {
  /** Matching events after a place, oldest first. */
  async function after(
    tenantId: string,
    { databaseId, operationId, type }: EventFilter,
    place: number,
    limit: number,
  ): Promise<EventRecord[]> {
    const rows = await translated('list events', async () => {
      // For all tenants: there is one order.
      await givePlaces(prisma);
      return asTenant(tenantId, (tx) =>
        tx.event.findMany({
          where: {
            tenantId,
            place: { gt: place },
            ...(databaseId === undefined ? {} : { databaseId }),
            ...(operationId === undefined ? {} : { operationId }),
            ...(type === undefined ? {} : { type }),
          },
          orderBy: { place: 'asc' },
          take: limit,
          omit: { tenantId: true, sequence: true },
        }),
      );
    });
    return rows.map(({ place: sequence, ...row }) => ({ sequence: Number(sequence), ...row }));
  }

  return {
    after,

    /** The place of the newest event; 0 if there is none. Later commits come after it. */
    async head(): Promise<number> {
      const { _max } = await translated('look up the newest event', async () => {
        await givePlaces(prisma);
        return prisma.event.aggregate({ _max: { place: true } });
      });
      return Number(_max.place ?? 0);
    },

    /** All tenants' events after a place, oldest first. */
    async ofAll(place: number, limit: number): Promise<TenantEvent[]> {
      const rows = await translated('look up events', async () => {
        await givePlaces(prisma);
        return prisma.event.findMany({
          where: { place: { gt: place } },
          orderBy: { place: 'asc' },
          take: limit,
          omit: { sequence: true },
        });
      });
      return rows.map(({ place: sequence, ...row }) => ({ sequence: Number(sequence), ...row }));
    },

    /** Oldest first. Following the tokens yields every matching event once. */
    async list(tenantId: string, filter: EventFilter, { pageSize, pageToken }: PageRequest): Promise<EventPage> {
      const place = pageToken === null ? 0 : placeOf(positionSchema, pageToken).after;
      const items = await after(tenantId, filter, place, pageSize);
      return { items, nextPageToken: pageTokenOf({ after: items.at(-1)?.sequence ?? place }) };
    },
  };
}

/**
 * Assigns a place to every event without one, after all others. Transactions may commit in another order than they
 * began, so a reader that follows the order of writing could miss an event that appears behind it. Places are assigned
 * under a lock that is held until the commit, so they appear in order.
 */
async function givePlaces(prisma: PrismaClient): Promise<void> {
  const [unplaced] = await prisma.$queryRaw<object[]>`SELECT 1 FROM events WHERE place IS NULL LIMIT 1`;
  if (unplaced === undefined) return;
  await prisma.$transaction([
    prisma.$executeRaw`SELECT pg_advisory_xact_lock(${placesLock})`,
    // A statement of its own, so that it sees everything committed before the lock was granted.
    prisma.$executeRaw`
      UPDATE events SET place = (SELECT coalesce(max(place), 0) FROM events) + unplaced.number
      FROM (SELECT sequence, row_number() OVER (ORDER BY sequence) AS number FROM events WHERE place IS NULL) AS unplaced
      WHERE events.sequence = unplaced.sequence`,
  ]);
}
