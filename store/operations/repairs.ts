import type { Problem } from '../../domain/errors';
import type { RepairInput } from '../../domain/operations/inputs';
import { countersAfter, disruptiveKinds } from '../../domain/operations/kinds';
import { repairableStates, repairLimit } from '../../domain/planning/drift';
import type { LifecycleState } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { type DatabaseRecord, json, type OperationRecord } from '../databases/records';
import { endOperation } from './end';
import { insertOperation, type OperationRequest } from './insert';
import { settle } from './settle';

/** Repairs: operations that bring a database back to its record. */
export function createRepairs(prisma: PrismaClient) {
  return {
    /** How many databases of a host are being repaired, and how many of these after a restart of its engine. */
    async countRepairs(hostId: string): Promise<{ readonly all: number; readonly afterEngineRestart: number }> {
      const [counts] = await translated(
        'count the repairs under way',
        () => prisma.$queryRaw<[{ all: number; afterEngineRestart: number }]>`
          SELECT count(*)::int AS "all",
            (count(*) FILTER (WHERE input->>'cause' = 'engine_restart'))::int AS "afterEngineRestart"
          FROM operations
          WHERE kind = 'repair' AND state IN ('pending', 'running', 'cancelling')
            AND EXISTS (SELECT 1 FROM instances WHERE database_id = operations.database_id AND host_id = ${hostId})`,
      );
      return counts;
    },

    /**
     * Accepts the repair of a database that has not changed since it was read. Null when it has; `exhausted` when it
     * was repaired too often within `repairLimit`, and `giveUpRepairs` is due. Repairs after a restart of the engine do not
     * count, and are never too many.
     */
    async repair(
      database: DatabaseRecord,
      input: RepairInput,
      actor: string,
    ): Promise<OperationRecord | 'exhausted' | null> {
      return translated('record the repair', () =>
        prisma.$transaction(async (tx) => {
          if (!(await isUnchanged(tx, database))) return null;
          const now = await storeTime(tx);
          const isCounted = input.cause !== 'engine_restart';
          if (isCounted && (await countRecentRepairs(tx, database.id, actor, now)) >= repairLimit.repairs)
            return 'exhausted';
          return insertRepair(tx, requestBy(actor, database), database, {
            input,
            formerState: database.state,
            now,
          });
        }),
      );
    },

    /**
     * Gives up on a database that keeps drifting: records a repair that failed at once (`crash_looping`) and the
     * database as `failed`, in one transaction. Null when the database has changed since it was read.
     *
     * @param logTail the last lines of its container's log
     */
    async giveUpRepairs(
      database: DatabaseRecord,
      reasons: readonly string[],
      actor: string,
      logTail: string,
    ): Promise<OperationRecord | null> {
      return translated('record that repairs are given up', () =>
        prisma.$transaction(async (tx) => {
          if (!(await isUnchanged(tx, database))) return null;
          const now = await storeTime(tx);
          const repairs = await countRecentRepairs(tx, database.id, actor, now);
          const error: Problem = {
            code: 'crash_looping',
            message: `repaired ${repairs} times in ${repairLimit.minutes} minutes and failed again: ${reasons.join('; ')}`,
            details: { reasons, repairs, logTail },
          };
          const request = requestBy(actor, database);
          const operation = await insertRepair(tx, request, database, {
            input: { reasons },
            formerState: database.state,
            now,
          });
          const ended = await endOperation(tx, operation, 'failed', error, now);
          await settle(tx, operation, 'failed', { outcome: 'failed', wayBack: 'not_taken', error }, now);
          return ended;
        }),
      );
    },
  };
}

interface NewRepair {
  readonly input: unknown;
  /** The state to bring back: the record's, before the drift. */
  readonly formerState: LifecycleState | null;
  readonly now: Date;
}

/** Records a repair of a locked database. */
async function insertRepair(
  tx: Executor,
  request: OperationRequest,
  database: DatabaseRecord,
  repair: NewRepair,
): Promise<OperationRecord> {
  const counters = countersAfter(database, 'repair');
  const operation = await insertOperation(tx, request, {
    ...repair,
    kind: 'repair',
    retryOf: null,
    database: { ...database, ...counters },
  });
  await tx.database.update({
    where: { id: database.id },
    // The previous specification is for processes of the version before.
    data: { ...counters, previousSpec: json(database.spec), updatedAt: repair.now },
    select: { id: true },
  });
  return operation;
}

function requestBy(actor: string, { tenantId }: DatabaseRecord): OperationRequest {
  return { tenantId, requestedBy: actor, requestId: actor };
}

/** Whether the database has not changed since it was read; locks it. Every operation raises the generation. */
async function isUnchanged(tx: Executor, { id, generation, state }: DatabaseRecord): Promise<boolean> {
  const [row] = await tx.$queryRaw<object[]>`
    SELECT 1 FROM databases WHERE id = ${id} AND generation = ${generation} AND state = ${state} FOR UPDATE`;
  return row !== undefined && repairableStates.includes(state);
}

/** The recent repairs of a database by this actor since the last operation that disrupts and that another requested. */
async function countRecentRepairs(tx: Executor, databaseId: string, actor: string, now: Date): Promise<number> {
  const since = new Date(now.getTime() - repairLimit.minutes * 60_000);
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM operations
    WHERE database_id = ${databaseId} AND kind = 'repair' AND requested_by = ${actor} AND created_at > ${since}
      AND input->>'cause' IS DISTINCT FROM 'engine_restart'
      AND generation > (
        SELECT coalesce(max(generation), 0) FROM operations
        WHERE database_id = ${databaseId} AND kind = ANY (${[...disruptiveKinds]}) AND requested_by <> ${actor})`;
  return row?.count ?? 0;
}
