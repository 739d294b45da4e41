import { DatabaseError, type Problem } from '../../domain/errors';
import { allowedActions } from '../../domain/operations/operations';
import { repairLimit } from '../../domain/planning/drift';
import type { LifecycleState } from '../../domain/states';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import type { Reading } from '../connection/reading';
import type { TenantScope } from '../connection/tenant-scope';
import {
  type DatabaseRecord,
  type DatabaseRow,
  databaseRecord,
  json,
  type OperationRecord,
} from '../databases/records';
import { selectDatabases } from '../databases/selects';
import { type Accepted, insertOperation, lockDatabase, type Request } from './accept';
import { explained } from './conflicts';
import { end } from './finish';
import { settle } from './settle';

/** What a `repair` operation is to put right. */
export interface RepairInput {
  readonly reasons: readonly string[];
}

/** The states that are brought back. What is `failed` is an operator's decision. */
export const repairableStates: readonly LifecycleState[] = ['available', 'stopped', 'paused'];

/** Databases as they are watched over, and the repairs that this takes. */
export function createRepairs(prisma: PrismaClient, asTenant: TenantScope, reading: Reading) {
  return {
    /**
     * The databases with an instance on a host at which no operation is at work, be they failed.
     *
     * @param only these ones; all when it is missing
     */
    async watched(hostId: string, only?: readonly string[]): Promise<DatabaseRecord[]> {
      const among = only === undefined ? Prisma.sql`true` : Prisma.sql`databases.id = ANY(${only})`;
      const rows = await translated('list the databases of a host', () =>
        reading.rows<DatabaseRow>(
          selectDatabases(Prisma.sql`
            WHERE state IN ('available', 'stopped', 'paused', 'failed') AND ${among}
              AND EXISTS (SELECT 1 FROM instances WHERE database_id = databases.id AND host_id = ${hostId})
              AND NOT EXISTS (
                SELECT 1 FROM operations
                WHERE database_id = databases.id AND state IN ('pending', 'running', 'cancelling'))`),
        ),
      );
      return rows.map(databaseRecord);
    },

    /** Those at which no operation has been accepted since they were read: every one raises the generation. */
    async unchanged(databases: readonly DatabaseRecord[]): Promise<DatabaseRecord[]> {
      const rows = await translated('read generations', () =>
        prisma.database.findMany({
          where: { id: { in: databases.map(({ id }) => id) } },
          select: { id: true, generation: true },
        }),
      );
      const now = new Map(rows.map(({ id, generation }) => [id, generation]));
      return databases.filter(({ id, generation }) => now.get(id) === generation);
    },

    /** How many databases of a host are being repaired. */
    async underway(hostId: string): Promise<number> {
      const [row] = await translated(
        'count the repairs under way',
        () => prisma.$queryRaw<{ count: number }[]>`
          SELECT count(*)::int AS count FROM operations
          WHERE kind = 'repair' AND state IN ('pending', 'running', 'cancelling')
            AND EXISTS (SELECT 1 FROM instances WHERE database_id = operations.database_id AND host_id = ${hostId})`,
      );
      return row?.count ?? 0;
    },

    /**
     * Accepts the repair of a database that is still as it was read. Null when it is not; `exhausted` when it has been
     * repaired too often of late (`repairLimit`), which `giveUp` ends.
     */
    async accept(
      database: DatabaseRecord,
      reasons: readonly string[],
      actor: string,
    ): Promise<OperationRecord | 'exhausted' | null> {
      return translated('record the repair', () =>
        prisma.$transaction(async (tx) => {
          if (!(await isUnchanged(tx, database))) return null;
          const now = new Date();
          if ((await recentRepairs(tx, database.id, now)) >= repairLimit.repairs) return 'exhausted';
          return begin(tx, requestBy(actor, database), database, {
            input: { reasons },
            formerState: database.state,
            retryOf: null,
            now,
          });
        }),
      );
    },

    /**
     * Ends the repairing of a database that drifts again and again: a repair that is over at once (`crash_looping`), and
     * the database `failed`, in one transaction. Null when the database is no longer as it was read.
     *
     * @param logTail the last lines of its container's log
     */
    async giveUp(
      database: DatabaseRecord,
      reasons: readonly string[],
      actor: string,
      logTail: string,
    ): Promise<OperationRecord | null> {
      return translated('record that repairs are given up', () =>
        prisma.$transaction(async (tx) => {
          if (!(await isUnchanged(tx, database))) return null;
          const now = new Date();
          const repairs = await recentRepairs(tx, database.id, now);
          const error: Problem = {
            code: 'crash_looping',
            message: `repaired ${repairs} times in ${repairLimit.minutes} minutes and failed again: ${reasons.join('; ')}`,
            details: { reasons, repairs, logTail },
          };
          const request = requestBy(actor, database);
          const operation = await begin(tx, request, database, {
            input: { reasons },
            formerState: database.state,
            retryOf: null,
            now,
          });
          const ended = await end(tx, operation, 'failed', error, now);
          await settle(tx, operation, 'failed', { outcome: 'failed', wayBack: 'not_taken', error }, now);
          return ended;
        }),
      );
    },

    /**
     * Accepts another try at the repair that left a database `failed`, asked for by somebody. Throws `not_found`,
     * `state_conflict`, `request_in_progress`, and `not_retryable` when something else has happened to the database since.
     */
    async retry(request: Request, repair: OperationRecord): Promise<Accepted> {
      try {
        return await translated('record the repair', () =>
          asTenant(request.tenantId, async (tx) => {
            const database = await lockDatabase(tx, request.tenantId, repair.databaseId);
            requireRetryable(database, repair);
            const { input, formerState, id: retryOf } = repair;
            const operation = await begin(tx, request, database, { input, formerState, retryOf, now: new Date() });
            return { operation, database: { ...database, generation: operation.generation } };
          }),
        );
      } catch (error) {
        throw await explained(asTenant, request, repair, error);
      }
    },
  };
}

function requireRetryable({ generation, state }: DatabaseRecord, repair: OperationRecord): void {
  if (generation !== repair.generation) {
    throw new DatabaseError('not_retryable', `a later operation has replaced operation ${repair.id}`);
  }
  if (state === 'failed') return;
  const details = { currentState: state, allowedActions: allowedActions(state) };
  throw new DatabaseError('state_conflict', `the database is ${state}; there is nothing to repair`, details);
}

interface NewRepair {
  readonly input: unknown;
  /** Where it leads: the state that the record had before anything drifted. */
  readonly formerState: LifecycleState | null;
  readonly retryOf: string | null;
  readonly now: Date;
}

/** Records a repair on a database that is locked. What it goes to after an abort is what it goes to itself. */
async function begin(
  tx: Executor,
  request: Request,
  database: DatabaseRecord,
  repair: NewRepair,
): Promise<OperationRecord> {
  const generation = database.generation + 1;
  const operation = await insertOperation(tx, request, {
    ...repair,
    kind: 'repair',
    database: { ...database, generation },
  });
  await tx.database.update({
    where: { id: database.id },
    data: { generation, previousSpec: json(database.spec), updatedAt: repair.now },
    select: { id: true },
  });
  return operation;
}

function requestBy(actor: string, { tenantId }: DatabaseRecord): Request {
  return { tenantId, requestedBy: actor, requestId: actor };
}

/** Locks the database, too. No operation can be open on one whose generation is that at which it was at rest. */
async function isUnchanged(tx: Executor, { id, generation, state }: DatabaseRecord): Promise<boolean> {
  const [row] = await tx.$queryRaw<object[]>`
    SELECT 1 FROM databases WHERE id = ${id} AND generation = ${generation} AND state = ${state} FOR UPDATE`;
  return row !== undefined && repairableStates.includes(state);
}

/** What the reconciler has repaired since somebody last asked for anything: their request begins a new count. */
async function recentRepairs(tx: Executor, databaseId: string, now: Date): Promise<number> {
  const since = new Date(now.getTime() - repairLimit.minutes * 60_000);
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM operations
    WHERE database_id = ${databaseId} AND kind = 'repair' AND retry_of IS NULL AND created_at > ${since}
      AND generation > (
        SELECT coalesce(max(generation), 0) FROM operations
        WHERE database_id = ${databaseId} AND kind <> 'recover' AND NOT (kind = 'repair' AND retry_of IS NULL))`;
  return row?.count ?? 0;
}
