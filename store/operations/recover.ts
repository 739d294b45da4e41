import type { RecoverInput } from '../../domain/operations/inputs';
import { kinds, operationKinds } from '../../domain/operations/kinds';
import { openOperationStates } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { type OperationRecord, operationRecord } from '../databases/records';
import { insertOperation } from './insert';

/** Recoveries of databases whose way back failed. */
export function createRecovery(prisma: PrismaClient) {
  return {
    /**
     * The databases whose way back failed and whose next recovery is due. Every recovery since the last request doubles
     * the wait, from two seconds to ten minutes.
     */
    async listDueRecoveries(): Promise<string[]> {
      const rows = await translated(
        'list databases to recover',
        () =>
          prisma.$queryRaw<{ id: string }[]>`
          SELECT databases.id FROM databases, LATERAL (
            SELECT count(*) AS count, max(ended_at) AS last FROM operations
            WHERE database_id = databases.id AND kind = 'recover' AND generation > (
              SELECT max(generation) FROM operations WHERE database_id = databases.id AND kind <> 'recover')) AS tries
          WHERE way_back_pending AND state = 'failed' AND (tries.count = 0
            OR tries.last < now() - least(interval '10 minutes', interval '1 second' * power(2, least(tries.count, 10))))`,
      );
      return rows.map(({ id }) => id);
    },

    /** Accepts another recovery of a database whose way back failed; null when it no longer needs one. */
    async recover(databaseId: string, actor: string): Promise<OperationRecord | null> {
      return translated('resume the way back', () =>
        prisma.$transaction(async (tx) => {
          const [waiting] = await tx.$queryRaw<{ id: string }[]>`
            SELECT id FROM databases WHERE id = ${databaseId} AND way_back_pending FOR UPDATE`;
          // A statement of its own, so that it sees an operation accepted during the wait for the lock.
          const open = { databaseId, state: { in: [...openOperationStates] } };
          if (waiting === undefined || (await tx.operation.count({ where: open })) > 0) return null;
          const kind = { notIn: operationKinds.filter((one) => kinds[one].recordOnly) };
          const last = await tx.operation.findFirst({ where: { databaseId, kind }, orderBy: { generation: 'desc' } });
          return last === null ? null : acceptRecovery(tx, operationRecord(last), actor, await storeTime(tx));
        }),
      );
    },
  };
}

/** Accepts the operation that clears what an aborted one left; null when the database is gone. */
export async function acceptRecovery(
  tx: Executor,
  aborted: OperationRecord,
  actor: string,
  now: Date,
): Promise<OperationRecord | null> {
  const { databaseId, tenantId, databaseName, requestId, traceId } = aborted;
  const [database] = await tx.$queryRaw<{ generation: number }[]>`
    UPDATE databases SET generation = generation + 1, updated_at = ${now} WHERE id = ${databaseId} RETURNING generation`;
  if (database === undefined) return null;
  const input: RecoverInput =
    aborted.kind === 'recover' ? (aborted.input as RecoverInput) : { operationId: aborted.id, kind: aborted.kind };
  const request = { tenantId, requestedBy: actor, requestId, traceId };
  return insertOperation(tx, request, {
    database: { id: databaseId, name: databaseName, generation: database.generation },
    kind: 'recover',
    input,
    formerState: aborted.formerState,
    retryOf: aborted.id,
    now,
  });
}
