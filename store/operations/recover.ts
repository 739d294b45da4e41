import { countersAfter } from '../../domain/operations/kinds';
import { openOperationStates } from '../../domain/states';
import { isSilent } from '../capacity/liveness';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { type DatabaseRecord, hasData, json, type OperationRecord } from '../databases/records';
import { insertOperation, lockDatabase } from './insert';
import { recoverInputOf } from './owed';

/** Automatic recoveries of failed databases. */
export function createRecovery(prisma: PrismaClient) {
  return {
    /**
     * The databases whose recovery is due. A database on a silent host has none: the recovery would only keep other
     * operations from being accepted.
     */
    async listDueRecoveries(): Promise<string[]> {
      const rows = await translated(
        'list databases to recover',
        () =>
          prisma.$queryRaw<{ id: string }[]>`
          SELECT database_id AS id FROM owed
          WHERE next_try_at <= now()
            AND NOT EXISTS (
              SELECT 1 FROM operations
              WHERE database_id = owed.database_id AND state IN ('pending', 'running', 'cancelling'))
            AND NOT EXISTS (
              SELECT 1 FROM instances JOIN hosts ON hosts.id = instances.host_id
              WHERE instances.database_id = owed.database_id AND ${isSilent})
          ORDER BY next_try_at`,
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Takes over what processes of the version before still record: a way back to be tried again only on its database,
     * and nothing of what is owed where they brought a database up.
     */
    async adoptWaysBack(): Promise<void> {
      await translated('take over ways back', async () => {
        await prisma.$executeRaw`
          WITH pending AS (
            UPDATE databases SET way_back_pending = false WHERE way_back_pending AND state = 'failed'
            RETURNING id, tenant_id, error)
          INSERT INTO owed (database_id, tenant_id, operation_id, cause, error, next_try_at, since)
          SELECT pending.id, pending.tenant_id, last.id, 'way_back', coalesce(pending.error, last.error), now(), now()
          FROM pending CROSS JOIN LATERAL (
            SELECT id, error FROM operations
            WHERE database_id = pending.id AND kind NOT IN ('describe', 'recover') AND error IS NOT NULL
            ORDER BY generation DESC LIMIT 1) AS last
          ON CONFLICT (database_id) DO NOTHING`;
        await prisma.$executeRaw`
          DELETE FROM owed USING databases
          WHERE databases.id = owed.database_id AND databases.state IN ('available', 'stopped', 'paused')`;
      });
    },

    /**
     * Accepts the recovery of a database if it is due: of any number of callers, one accepts it. Null when it is not, or
     * when another operation is open.
     */
    async recover(databaseId: string, actor: string): Promise<OperationRecord | null> {
      return translated('record the recovery', () =>
        prisma.$transaction(async (tx) => {
          const [owed] = await tx.$queryRaw<{ tenantId: string }[]>`
            SELECT tenant_id AS "tenantId" FROM databases WHERE id = ${databaseId} FOR UPDATE`;
          if (owed === undefined) return null;
          // Statements of their own, so that they see what was accepted or settled during the wait for the lock.
          const due = await tx.$queryRaw<object[]>`
            SELECT 1 FROM owed WHERE database_id = ${databaseId} AND next_try_at <= now()`;
          const open = { databaseId, state: { in: [...openOperationStates] } };
          if (due.length === 0 || (await tx.operation.count({ where: open })) > 0) return null;
          const database = await lockDatabase(tx, owed.tenantId, databaseId);
          return acceptRecovery(tx, database, { requestedBy: actor, requestId: actor, traceId: null });
        }),
      );
    },
  };
}

/** Accepts the recovery of a locked database. */
export async function acceptRecovery(
  tx: Executor,
  database: DatabaseRecord,
  author: Pick<OperationRecord, 'requestedBy' | 'requestId' | 'traceId'>,
): Promise<OperationRecord> {
  const now = await storeTime(tx);
  const counters = countersAfter(database, 'recover');
  const operation = await insertOperation(
    tx,
    { tenantId: database.tenantId, ...author },
    {
      ...(await recoverInputOf(tx, database)),
      database: { ...database, ...counters },
      kind: 'recover',
      formerState: database.state,
      now,
    },
  );
  await tx.database.update({
    where: { id: database.id },
    data: {
      ...counters,
      // For processes of the version before.
      ...(hasData(database) ? { previousSpec: json(database.spec) } : {}),
      updatedAt: now,
    },
    select: { id: true },
  });
  return operation;
}
