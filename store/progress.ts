import { DatabaseError, type Problem } from '../databases/errors';
import type { Placement } from '../databases/resources';
import type { InProgressState, LifecycleState } from '../databases/states';
import type { Plan } from '../databases/steps';
import { type Executor, Prisma, type PrismaClient } from './client';
import { translated } from './errors';
import {
  type DatabaseRecord,
  databaseInclude,
  databaseRecord,
  json,
  type OperationRecord,
  operationRecord,
} from './records';

/** Which step of which plan of an operation. */
export interface StepKey {
  readonly operationId: string;
  readonly planNumber: number;
  readonly ordinal: number;
}

export interface OperationContext {
  readonly operation: OperationRecord;
  /** Null once the database is gone. */
  readonly database: DatabaseRecord | null;
}

/** What a workflow's activities write while an operation is at work. */
export function createProgress(prisma: PrismaClient) {
  return {
    /** An operation and its database as they are now. Throws `superseded` when there is no such operation. */
    async read(operationId: string): Promise<OperationContext> {
      return translated('read the operation', async () => {
        const row = await prisma.operation.findUnique({ where: { id: operationId } });
        if (row === null) throw new DatabaseError('superseded', `there is no operation ${operationId}`);
        const database = await prisma.database.findUnique({ where: { id: row.databaseId }, include: databaseInclude });
        return { operation: operationRecord(row), database: database === null ? null : databaseRecord(database) };
      });
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

    /**
     * Records a plan and makes it the operation's own: steps of its earlier plans are refused from now on.
     *
     * @returns the plan's number; throws `superseded`
     */
    async recordPlan(operation: OperationRecord, plan: Plan, cancelling: boolean): Promise<number> {
      return translated('record the plan', () =>
        prisma.$transaction(async (tx) => {
          const [row] = await tx.$queryRaw<{ plan_number: number }[]>`
            UPDATE operations
            SET plan_number = plan_number + 1,
                state = CASE WHEN ${cancelling} THEN 'cancelling' ELSE state END,
                cancel_requested_at = CASE WHEN ${cancelling} THEN coalesce(cancel_requested_at, now()) ELSE cancel_requested_at END
            WHERE id = ${operation.id} AND ${ownsDatabase(operation)}
            RETURNING plan_number`;
          if (row === undefined) throw supersededError(operation.id);
          const planNumber = row.plan_number;
          await tx.step.createMany({ data: stepRows(operation.id, planNumber, plan) });
          return planNumber;
        }),
      );
    },

    /**
     * Writes the planned states before anything is touched: of the database and of every placed instance, of which the
     * missing records are made, each with a free port of its host. May be repeated. Throws `superseded`,
     * `capacity_exhausted`.
     */
    async mark(operation: OperationRecord, state: InProgressState, placements: readonly Placement[]): Promise<void> {
      const now = new Date();
      await translated('mark the instances', () =>
        prisma.$transaction(async (tx) => {
          const marked = await tx.$executeRaw`
            UPDATE databases SET state = ${state}, error = NULL, updated_at = ${now}
            WHERE id = ${operation.databaseId} AND EXISTS (
              SELECT 1 FROM operations WHERE operations.id = ${operation.id} AND ${ownsDatabase(operation)})`;
          if (marked === 0) throw supersededError(operation.id);
          for (const placement of placements) await markInstance(tx, operation, placement, state, now);
        }),
      );
    },

    /**
     * Begins an attempt of a step if its operation, generation and plan still own the database; throws `superseded`
     * otherwise. This is the fence: it is passed right before the world is changed.
     */
    async startStep(key: StepKey, attempt: number): Promise<void> {
      const started = await translated(
        'begin the step',
        () =>
          prisma.$executeRaw`
          UPDATE steps
          SET state = 'running', attempts = ${attempt}, started_at = coalesce(steps.started_at, now()), ended_at = NULL
          FROM operations JOIN databases ON databases.id = operations.database_id
          WHERE steps.operation_id = ${key.operationId}
            AND steps.plan_number = ${key.planNumber}
            AND steps.ordinal = ${key.ordinal}
            AND operations.id = steps.operation_id
            AND operations.plan_number = steps.plan_number
            AND operations.state IN ('running', 'cancelling')
            AND databases.generation = operations.generation`,
      );
      if (started === 0) throw supersededError(key.operationId);
    },

    /** Ends an attempt. `waiting`: it will be tried again, and shows why the last try failed. */
    async endStep(
      { operationId, planNumber, ordinal }: StepKey,
      state: 'succeeded' | 'failed' | 'waiting',
      error: Problem | null,
    ): Promise<void> {
      const ended = state === 'waiting' ? null : new Date();
      await translated('end the step', () =>
        prisma.step.updateMany({
          where: { operationId, planNumber, ordinal },
          data: {
            state: state === 'waiting' ? 'running' : state,
            endedAt: ended,
            error: error === null ? Prisma.DbNull : json(error),
          },
        }),
      );
    },

    /** Gives an instance that was never used another port of its host, since the one it had is taken. */
    async reassignPort(instanceId: string): Promise<number> {
      return translated('find another port', async () => {
        const [row] = await prisma.$queryRaw<{ host_port: number }[]>`
          UPDATE instances SET host_port = free.port
          FROM (${freePort(Prisma.sql`(SELECT host_id FROM instances WHERE id = ${instanceId})`)}) AS free
          WHERE id = ${instanceId} AND initialized_at IS NULL
          RETURNING instances.host_port`;
        if (row === undefined) throw new DatabaseError('capacity_exhausted', 'the host has no free port');
        return row.host_port;
      });
    },
  };
}

function supersededError(operationId: string): DatabaseError {
  return new DatabaseError('superseded', `operation ${operationId} no longer owns the database`);
}

/** Whether an operation is open and of the database's own generation; a condition on table `operations`. */
function ownsDatabase({ databaseId, generation }: OperationRecord): Prisma.Sql {
  return Prisma.sql`operations.state IN ('running', 'cancelling') AND operations.generation = ${generation}
    AND EXISTS (SELECT 1 FROM databases WHERE databases.id = ${databaseId} AND databases.generation = ${generation})`;
}

/** A port of the host's range that no instance has, chosen at random: another installation may use the same range. */
function freePort(hostId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT port FROM hosts, generate_series(hosts.port_from, hosts.port_to) AS port
    WHERE hosts.id = ${hostId}
      AND NOT EXISTS (SELECT 1 FROM instances AS used WHERE used.host_id = hosts.id AND used.host_port = port)
    ORDER BY random() LIMIT 1`;
}

async function markInstance(
  tx: Executor,
  { databaseId, tenantId }: OperationRecord,
  { instanceId, instanceName, hostId }: Placement,
  state: LifecycleState,
  now: Date,
): Promise<void> {
  const marked = await tx.instance.updateMany({
    where: { id: instanceId },
    data: { state, error: Prisma.DbNull, updatedAt: now },
  });
  if (marked.count === 1) return;
  const inserted = await tx.$executeRaw`
    INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, host_port, created_at, updated_at)
    SELECT ${instanceId}, ${databaseId}, ${tenantId}, ${hostId}, ${instanceName}, 'primary', ${state}, free.port, ${now}, ${now}
    FROM (${freePort(Prisma.sql`${hostId}`)}) AS free`;
  if (inserted === 0) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
}

function stepRows(operationId: string, planNumber: number, plan: Plan): Prisma.StepCreateManyInput[] {
  const steps = plan.flatMap((phase, index) => phase.map((step) => ({ step, phase: index + 1 })));
  return steps.map(({ step, phase }, index) => ({
    operationId,
    planNumber,
    ordinal: index + 1,
    phase,
    name: step.do,
    resource: step.with.name,
    hostId: step.hostId,
  }));
}
