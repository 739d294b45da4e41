import { countersAfter } from '../../domain/operations/kinds';
import { isSilent } from '../capacity/liveness';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import type { OperationRecord } from '../databases/records';
import { selectAllDatabases } from '../databases/selects';
import { insertOperation, lockDatabase } from './insert';

/** Purges that one pass of the sweep begins: each occupies a host for a moment. */
const purgesAtOnce = 20;

/** The purge of deleted databases after their time. */
export function createPurges(prisma: PrismaClient) {
  return {
    /**
     * The deleted databases whose purge is due. One on a silent host waits: its purge would only fail. On a lost host
     * there is nothing to wait for.
     */
    async listDuePurges(): Promise<string[]> {
      const rows = await translated(
        'list databases to purge',
        () => prisma.$queryRaw<{ id: string }[]>`
          SELECT id FROM databases
          WHERE purge_at <= now() AND state = 'deleted'
            AND NOT EXISTS (
              SELECT 1 FROM operations
              WHERE database_id = databases.id AND operations.state IN ('pending', 'running', 'cancelling'))
            AND NOT EXISTS (
              SELECT 1 FROM instances JOIN hosts ON hosts.id = instances.host_id
              WHERE instances.database_id = databases.id AND ${isSilent} AND hosts.lost_at IS NULL)
          ORDER BY purge_at LIMIT ${purgesAtOnce}`,
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Accepts the purge of a database if it is due: of any number of callers, one accepts it. Null when it is not, or
     * when another operation is open, such as an undelete.
     */
    async purgeDue(databaseId: string, actor: string): Promise<OperationRecord | null> {
      return translated('record the purge', () =>
        prisma.$transaction(async (tx) => {
          const [deleted] = await tx.$queryRaw<{ tenantId: string }[]>`
            SELECT tenant_id AS "tenantId" FROM databases WHERE id = ${databaseId} FOR UPDATE`;
          if (deleted === undefined || !(await isDue(tx, databaseId))) return null;
          const database = await lockDatabase(tx, deleted.tenantId, databaseId, selectAllDatabases);
          const counters = countersAfter(database, 'purge');
          const now = await storeTime(tx);
          const request = { tenantId: database.tenantId, requestedBy: actor, requestId: actor, traceId: null };
          const operation = await insertOperation(tx, request, {
            database: { ...database, ...counters },
            kind: 'purge',
            input: {},
            formerState: database.state,
            retryOf: null,
            now,
          });
          const data = { ...counters, updatedAt: now };
          await tx.database.update({ where: { id: databaseId }, data, select: { id: true } });
          return operation;
        }),
      );
    },
  };
}

/** A statement of its own after the lock, so that it sees what was accepted during the wait for it. */
async function isDue(tx: Executor, databaseId: string): Promise<boolean> {
  const due = await tx.$queryRaw<object[]>`
    SELECT 1 FROM databases WHERE id = ${databaseId} AND purge_at <= now() AND state = 'deleted'
      AND NOT EXISTS (
        SELECT 1 FROM operations
        WHERE database_id = ${databaseId} AND operations.state IN ('pending', 'running', 'cancelling'))`;
  return due.length > 0;
}
