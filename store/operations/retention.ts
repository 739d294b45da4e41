import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';

/** The most rows that one statement reads or removes. */
const batch = 1_000;

/** Operations that are removed in one transaction, with their steps and events. */
const operationsAtOnce = 100;

/** The newest operations of a database that are kept as long as it exists. */
export const keptOfDatabase = 50;

/** How long the end of a log stays on its step. */
export const logTailDays = 30;

/** An ended operation, as a place in the order of their ends. */
export interface Place {
  readonly endedAt: Date;
  readonly id: string;
}

/** Before all operations. */
const beginning: Place = { endedAt: new Date(0), id: '' };

/**
 * Whether an ended operation is still needed: it is one of the newest of a database that exists, or the database is
 * failed, and what is to be retried or recovered follows from its operations.
 */
const isNeeded = Prisma.sql`EXISTS (
  SELECT FROM databases WHERE databases.id = operations.database_id AND (databases.state = 'failed' OR (
    SELECT count(*) FROM (
      SELECT FROM operations AS newer
      WHERE newer.database_id = operations.database_id
        AND (newer.created_at, newer.id) > (operations.created_at, operations.id)
      LIMIT ${keptOfDatabase}) AS newest) < ${keptOfDatabase}))`;

/** Removes what is old enough, in batches, so that no statement reads or writes more than a thousand rows. */
export function createRetention(prisma: PrismaClient) {
  return {
    /**
     * Removes the expired operations among the next thousand, with their steps and events.
     *
     * @param after the place that the call before returned; null to begin with the oldest
     * @returns the place to continue after; null when no more have expired
     */
    async removeOperations(days: number, after: Place | null): Promise<Place | null> {
      const { endedAt, id } = after ?? beginning;
      const rows = await translated(
        'look up expired operations',
        () => prisma.$queryRaw<(Place & { readonly isNeeded: boolean })[]>`
          SELECT id, ended_at AS "endedAt", ${isNeeded} AS "isNeeded" FROM operations
          WHERE ended_at < now() - make_interval(days => ${days}) AND (ended_at, id) > (${endedAt}, ${id})
          ORDER BY operations.ended_at, operations.id LIMIT ${batch}`,
      );
      const expired = rows.filter((row) => !row.isNeeded).map((row) => row.id);
      for (let first = 0; first < expired.length; first += operationsAtOnce) {
        const ids = expired.slice(first, first + operationsAtOnce);
        await translated('remove expired operations', () => prisma.$transaction((tx) => removeAll(tx, ids)));
      }
      return rows.length < batch ? null : (rows.at(-1) ?? null);
    },

    /**
     * Removes expired events that belong to no operation.
     *
     * @returns whether there may be more
     */
    async removeEvents(days: number): Promise<boolean> {
      const removed = await translated('remove expired events', () =>
        removeEventsWhere(
          prisma,
          Prisma.sql`operation_id IS NULL AND at < now() - make_interval(days => ${days}) AND ${isNotTheNewest}
            ORDER BY at`,
        ),
      );
      return removed === batch;
    },

    /**
     * Removes the ends of logs from steps that began a month ago.
     *
     * @returns whether there may be more
     */
    async removeLogTails(): Promise<boolean> {
      const removed = await translated(
        'remove the ends of old logs',
        () => prisma.$executeRaw`
          UPDATE steps SET log_tail = NULL WHERE (operation_id, plan_number, ordinal) IN (
            SELECT operation_id, plan_number, ordinal FROM steps
            WHERE log_tail IS NOT NULL AND started_at < now() - make_interval(days => ${logTailDays})
            ORDER BY started_at LIMIT ${batch})`,
      );
      return removed === batch;
    },
  };
}

/** The newest event is kept: the places of later ones, which clients have in their tokens, are counted from it. */
const isNotTheNewest = Prisma.sql`(place IS NULL OR place < (SELECT max(place) FROM events))`;

/** Removes operations with all that belongs to them. */
async function removeAll(tx: Executor, ids: readonly string[]): Promise<void> {
  const some = Prisma.sql`operation_id = ANY(${[...ids]})`;
  await untilFewer(
    () => tx.$executeRaw`
      DELETE FROM steps WHERE (operation_id, plan_number, ordinal) IN (
        SELECT operation_id, plan_number, ordinal FROM steps WHERE ${some} LIMIT ${batch})`,
  );
  await untilFewer(() => removeEventsWhere(tx, Prisma.sql`${some} AND ${isNotTheNewest}`));
  await tx.$executeRaw`DELETE FROM operations WHERE id = ANY(${[...ids]})`;
}

function removeEventsWhere(executor: Executor, condition: Prisma.Sql): Promise<number> {
  return executor.$executeRaw`
    DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE ${condition} LIMIT ${batch})`;
}

/** Repeats a statement until it finds less than a batch. */
async function untilFewer(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) === batch);
}
