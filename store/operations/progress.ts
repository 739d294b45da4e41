import { DatabaseError, type Problem } from '../../domain/errors';
import type { Aim } from '../../domain/operations/goal';
import type { Placement } from '../../domain/planning/resources';
import { dataDestroyingSteps, type Plan } from '../../domain/planning/steps';
import type { InProgressState, LifecycleState } from '../../domain/states';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import type { Reading } from '../connection/reading';
import { freePort, lockPorts } from '../databases/ports';
import { type DatabaseRecord, type DatabaseRow, databaseRecord, type OperationRecord } from '../databases/records';
import { selectDatabases, selectOperations } from '../databases/selects';

/** Which step of which plan of an operation. */
export interface StepKey {
  readonly operationId: string;
  readonly planNumber: number;
  readonly ordinal: number;
}

/** How far an operation has come, as a workflow's activities write it while it is at work. */
export function createProgress(prisma: PrismaClient, reading: Reading) {
  return {
    /** An operation as it is now. Throws `superseded` when there is none. */
    async operation(operationId: string): Promise<OperationRecord> {
      const [row] = await translated('read the operation', () =>
        reading.rows<OperationRecord>(selectOperations(Prisma.sql`WHERE id = ${operationId}`)),
      );
      if (row === undefined) throw new DatabaseError('superseded', `operation ${operationId} not found`);
      return row;
    },

    /** A database as it is now, whoever's it is; null once it is gone. */
    async database(id: string): Promise<DatabaseRecord | null> {
      const [row] = await translated('read the database', () =>
        reading.rows<DatabaseRow>(selectDatabases(Prisma.sql`WHERE id = ${id}`)),
      );
      return row === undefined ? null : databaseRecord(row);
    },

    /** The hosts on which a database has instances. */
    async hostIds(databaseId: string): Promise<string[]> {
      const rows = await translated('read the hosts', () =>
        prisma.instance.findMany({ where: { databaseId }, select: { hostId: true }, distinct: ['hostId'] }),
      );
      return rows.map(({ hostId }) => hostId);
    },

    /**
     * Makes a pending operation the run's own. False when another run has claimed it, or it is finished already.
     *
     * @param closedRunId a run that claimed it before and is known to be closed; the new one takes over
     */
    async claim(operationId: string, runId: string, closedRunId: string | null): Promise<boolean> {
      return translated('claim the operation', async () => {
        const claimed = await prisma.$executeRaw`
          UPDATE operations
          SET state = CASE state WHEN 'pending' THEN 'running' ELSE state END,
              run_id = ${runId},
              started_at = coalesce(started_at, now())
          WHERE id = ${operationId}
            AND (state = 'pending'
              OR state IN ('running', 'cancelling') AND (run_id = ${runId} OR run_id = ${closedRunId}))`;
        return claimed === 1;
      });
    },

    /** Shows on an operation that has no plan yet what it waits for; a plan clears it. */
    async showWaiting(operationId: string, problem: Problem): Promise<void> {
      await translated(
        'record what the operation waits for',
        () =>
          prisma.$executeRaw`
          UPDATE operations SET waiting_for = ${JSON.stringify(problem)}::jsonb FROM ${withoutFlushBut(Prisma.sql`false`)}
          WHERE id = ${operationId} AND state IN ('running', 'cancelling')`,
      );
    },

    /**
     * Records a plan and makes it the operation's own: steps of its earlier plans are refused from now on.
     *
     * @param operation as it was when the plan was made: of two attempts at once, one records its plan
     * @returns the plan's number; throws `superseded`, and `cancelled` for a way forward after a cancel
     */
    async recordPlan(
      operation: OperationRecord,
      plan: Plan,
      { direction, cancelling }: Pick<Aim, 'direction' | 'cancelling'>,
    ): Promise<number> {
      const goingBack = direction === 'former';
      return translated('record the plan', () =>
        prisma.$transaction(async (tx) => {
          const [row] = await tx.$queryRaw<{ plan_number: number }[]>`
            UPDATE operations
            SET plan_number = plan_number + 1,
                going_back = ${goingBack},
                waiting_for = NULL,
                state = CASE WHEN ${cancelling} THEN 'cancelling' ELSE state END,
                cancel_requested_at = CASE WHEN ${cancelling} THEN coalesce(cancel_requested_at, now()) ELSE cancel_requested_at END
            WHERE id = ${operation.id} AND plan_number = ${operation.planNumber}
              AND (state = 'running' OR state = 'cancelling' AND ${goingBack})
              AND ${isCurrent(operation)}
            RETURNING plan_number`;
          if (row === undefined) throw await refusal(tx, operation.id);
          const planNumber = row.plan_number;
          await tx.step.createMany({ data: stepRows(operation, planNumber, plan) });
          return planNumber;
        }),
      );
    },

    /**
     * Writes the planned states before anything is touched: of the database and of every placed instance, of which the
     * missing records are made, each with a free port of its host. May be repeated. Throws `superseded`, `cancelled`,
     * `capacity_exhausted`.
     */
    async mark(operation: OperationRecord, state: InProgressState, placements: readonly Placement[]): Promise<void> {
      const now = new Date();
      await translated('mark the instances', () =>
        prisma.$transaction(async (tx) => {
          // By itself, and first, as whoever ends an operation has it: a statement that waits for it sees of the operation
          // only what was there when it began to wait (PostgreSQL, 13.2.1).
          await tx.$queryRaw`SELECT 1 FROM databases WHERE id = ${operation.databaseId} FOR NO KEY UPDATE`;
          const marked = await tx.$executeRaw`
            UPDATE databases SET state = ${state}, updated_at = ${now}
            WHERE id = ${operation.databaseId} AND EXISTS (
              SELECT 1 FROM operations WHERE operations.id = ${operation.id} AND ${goesOn} AND ${isCurrent(operation)})`;
          if (marked === 0) throw await refusal(tx, operation.id);
          for (const placement of placements) await markInstance(tx, operation, placement, state, now);
        }),
      );
    },

    /**
     * Begins an attempt of a step if its operation, generation and plan still own the database; throws `superseded` or
     * `cancelled` otherwise. This is the fence: it is passed right before the world is changed, and from an accepted
     * cancel on no step passes it but those of the way back.
     */
    async startStep(key: StepKey, attempt: number): Promise<void> {
      const started = await translated(
        'start the step',
        () =>
          prisma.$executeRaw`
          UPDATE steps
          SET state = 'running', attempts = ${attempt}, started_at = coalesce(steps.started_at, now()), ended_at = NULL
          -- Locked, so that a cancel is either seen here or sees that the step has begun.
          FROM (SELECT * FROM operations WHERE id = ${key.operationId} FOR SHARE) AS operations
            JOIN databases ON databases.id = operations.database_id, ${withoutFlushBut(destroys(key))}
          WHERE steps.operation_id = ${key.operationId}
            AND steps.plan_number = ${key.planNumber}
            AND steps.ordinal = ${key.ordinal}
            AND operations.id = steps.operation_id
            AND operations.plan_number = steps.plan_number
            AND ${goesOn}
            AND databases.generation = operations.generation`,
      );
      if (started === 0)
        throw await translated('look up why the step is refused', () => refusal(prisma, key.operationId));
    },

    /** Ends an attempt. `waiting`: it will be tried again, and shows why the last try failed. */
    async endStep(key: StepKey, state: 'succeeded' | 'failed' | 'waiting', error: Problem | null): Promise<void> {
      await translated(
        'end the step',
        () =>
          prisma.$executeRaw`
          UPDATE steps
          SET state = ${state === 'waiting' ? 'running' : state},
              ended_at = CASE WHEN ${state === 'waiting'} THEN NULL ELSE now() END,
              error = ${error === null ? null : JSON.stringify(error)}::jsonb
          FROM ${withoutFlushBut(Prisma.sql`false`)}
          WHERE operation_id = ${key.operationId} AND plan_number = ${key.planNumber} AND ordinal = ${key.ordinal}`,
      );
    },

    /**
     * Keeps what a server wrote last on the step that removes it. An attempt that finds nothing any more, or could not
     * read it, leaves what an earlier one has kept.
     */
    async keepLogTail(
      key: StepKey,
      { text, isRead }: { readonly text: string; readonly isRead: boolean },
    ): Promise<void> {
      if (text === '') return;
      await translated(
        'store the end of a log',
        () =>
          prisma.$executeRaw`
          UPDATE steps SET log_tail = CASE WHEN ${isRead} THEN ${text} ELSE coalesce(log_tail, ${text}) END
          WHERE operation_id = ${key.operationId} AND plan_number = ${key.planNumber} AND ordinal = ${key.ordinal}`,
      );
    },
  };
}

/**
 * In a statement's FROM: its commit does not wait for the disk (PostgreSQL, 30.4), unless something is decided by what
 * it writes. For what only shows progress, which a crash of the store may forget.
 */
function withoutFlushBut(decides: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT set_config('synchronous_commit', CASE WHEN ${decides} THEN 'on' ELSE 'off' END, true)) AS flush`;
}

/** Whether a step destroys data: once one has begun, a cancel is refused. */
function destroys({ operationId, planNumber, ordinal }: StepKey): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM steps WHERE operation_id = ${operationId} AND plan_number = ${planNumber} AND ordinal = ${ordinal}
      AND name = ANY(${[...dataDestroyingSteps]}))`;
}

/** Of an open operation: nobody has cancelled it, or it is on its way back already. */
const goesOn = Prisma.sql`(operations.state = 'running' OR operations.state = 'cancelling' AND operations.going_back)`;

/** Whether an operation is of the database's own generation. */
function isCurrent({ databaseId, generation }: OperationRecord): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM databases WHERE databases.id = ${databaseId} AND databases.generation = ${generation})`;
}

/** Why an operation may not go on: a newer one owns the database, it was cancelled, or another plan of it was recorded. */
async function refusal(tx: Executor, operationId: string): Promise<DatabaseError> {
  const [owner] = await tx.$queryRaw<{ state: 'running' | 'cancelling' }[]>`
    SELECT operations.state FROM operations JOIN databases ON databases.id = operations.database_id
    WHERE operations.id = ${operationId} AND operations.state IN ('running', 'cancelling')
      AND databases.generation = operations.generation`;
  switch (owner?.state) {
    case 'cancelling':
      return new DatabaseError('cancelled', `operation ${operationId} was cancelled`);
    case 'running':
      return new DatabaseError('superseded', `operation ${operationId} has a newer plan`);
    case undefined:
      return new DatabaseError('superseded', `operation ${operationId} no longer owns the database`);
  }
}

async function markInstance(
  tx: Executor,
  { databaseId, tenantId }: OperationRecord,
  { instanceId, instanceName, hostId }: Placement,
  state: LifecycleState,
  now: Date,
): Promise<void> {
  const marked = await tx.instance.updateMany({
    where: { id: instanceId, hostId },
    data: { state, updatedAt: now },
  });
  if (marked.count === 1) return;
  // One that a failed create has left, and that another host has room for now, gets a port there.
  await tx.instance.deleteMany({ where: { id: instanceId, initializedAt: null } });
  await lockPorts(tx, Prisma.sql`${hostId}`);
  const inserted = await tx.$executeRaw`
    INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, host_port, created_at, updated_at)
    SELECT ${instanceId}, ${databaseId}, ${tenantId}, ${hostId}, ${instanceName}, 'primary', ${state}, free.port, ${now}, ${now}
    FROM (${freePort(Prisma.sql`${hostId}`)}) AS free`;
  if (inserted === 0) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
}

function stepRows({ id, tenantId }: OperationRecord, planNumber: number, plan: Plan): Prisma.StepCreateManyInput[] {
  const steps = plan.flatMap((phase, index) => phase.map((step) => ({ step, phase: index + 1 })));
  return steps.map(({ step, phase }, index) => ({
    operationId: id,
    tenantId,
    planNumber,
    ordinal: index + 1,
    phase,
    name: step.do,
    resource: step.with.name,
    hostId: step.hostId,
  }));
}
