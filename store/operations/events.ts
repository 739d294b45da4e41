import { z } from 'zod';
import type { PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { type PageRequest, pageTokenOf, placeOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';

/** Something that happened, as its tenant sees it; never changed once it is there. */
export interface EventRecord {
  /** Its place among all events of the store, from 1. */
  readonly sequence: number;
  readonly type: string;
  /** Null for what is about a host. */
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

/** An event as the whole store has it. */
export interface TenantEvent extends EventRecord {
  readonly tenantId: string;
}

/** A page of something that has no last one: asked for again with the token, it goes on with what came since. */
export interface EventPage {
  readonly items: readonly EventRecord[];
  readonly nextPageToken: string;
}

/** PostgreSQL's number for the giving of places among all advisory locks of a server's database. */
const placesLock = 5_754_793;

const positionSchema = z.strictObject({ after: z.int().min(0) });

/** Reads of events. */
export function createEvents(prisma: PrismaClient, asTenant: TenantScope) {
  /** Those of the filter that come after a place, oldest first. */
  async function after(
    tenantId: string,
    { databaseId, operationId, type }: EventFilter,
    place: number,
    limit: number,
  ): Promise<EventRecord[]> {
    const rows = await translated('list events', async () => {
      // Of all tenants' events: the order is one.
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

    /** The place of the newest event; 0 where there is none. What is committed from now on comes after it. */
    async head(): Promise<number> {
      const { _max } = await translated('look up the newest event', async () => {
        await givePlaces(prisma);
        return prisma.event.aggregate({ _max: { place: true } });
      });
      return Number(_max.place ?? 0);
    },

    /** Everybody's events after a place, oldest first. */
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

    /** Oldest first. Whoever goes on from token to token gets every event of the filter, once. */
    async list(tenantId: string, filter: EventFilter, { pageSize, pageToken }: PageRequest): Promise<EventPage> {
      const place = pageToken === null ? 0 : placeOf(positionSchema, pageToken).after;
      const items = await after(tenantId, filter, place, pageSize);
      return { items, nextPageToken: pageTokenOf({ after: items.at(-1)?.sequence ?? place }) };
    },
  };
}

/**
 * Gives every event that has none its place, after all that have one. Of two transactions the one that began first may
 * commit last, so the order of writing is not the one in which events appear; a reader who has gone on would never see
 * what appears behind it. Places are given under a lock that is held to the commit: they appear in their own order.
 */
async function givePlaces(prisma: PrismaClient): Promise<void> {
  const [unplaced] = await prisma.$queryRaw<object[]>`SELECT 1 FROM events WHERE place IS NULL LIMIT 1`;
  if (unplaced === undefined) return;
  await prisma.$transaction([
    prisma.$executeRaw`SELECT pg_advisory_xact_lock(${placesLock})`,
    // A statement of its own, which sees what was committed before the lock was given.
    prisma.$executeRaw`
      UPDATE events SET place = (SELECT coalesce(max(place), 0) FROM events) + unplaced.number
      FROM (SELECT sequence, row_number() OVER (ORDER BY sequence) AS number FROM events WHERE place IS NULL) AS unplaced
      WHERE events.sequence = unplaced.sequence`,
  ]);
}
