import { DatabaseError, type Problem } from '../../domain/errors';
import type { Aim } from '../../domain/operations/goal';
import { currentTemplate, type Pin } from '../../domain/planning/pins';
import type { Placement } from '../../domain/planning/resources';
import type { Plan } from '../../domain/planning/steps';
import type { InProgressState, LifecycleState } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import type { Reading } from '../connection/reading';
import { freePort, lockPorts } from '../databases/ports';
import type { OperationRecord } from '../databases/records';
import { selectOperations } from '../databases/selects';
import { isCurrent, mayContinue, refusal, withoutFlushUnless } from './fence';
import { addWarning } from './warnings';

/** What a run's activities write about its operation, from the claim on. */
export function createRunRecords(prisma: PrismaClient, reading: Reading) {
  return {
    /** An operation, of any tenant. Throws `superseded` when there is none. */
    async load(operationId: string): Promise<OperationRecord> {
      const [row] = await translated('read the operation', () =>
        reading.rows<OperationRecord>(selectOperations(Prisma.sql`WHERE id = ${operationId}`)),
      );
      if (row === undefined) throw new DatabaseError('superseded', `operation ${operationId} not found`);
      return row;
    },

    /**
     * Claims a pending operation for a run. False when another run has claimed it, or it is finished.
     *
     * @param closedRunId an earlier claimant that is known to be closed; this run takes over from it
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
     * Records that a claimed operation begins again, in another run. False when it has ended, or when it has begun again
     * since it was read.
     */
    async beginAgain({ id, reruns }: Pick<OperationRecord, 'id' | 'reruns'>): Promise<boolean> {
      return translated('record that the operation begins again', async () => {
        const begun = await prisma.$executeRaw`
          UPDATE operations SET reruns = reruns + 1
          WHERE id = ${id} AND reruns = ${reruns} AND state IN ('running', 'cancelling')`;
        return begun === 1;
      });
    },

    /** Shows what an operation without a plan waits for; a plan clears it. */
    async showWaiting(operationId: string, problem: Problem): Promise<void> {
      await translated(
        'record what the operation waits for',
        () =>
          prisma.$executeRaw`
          UPDATE operations SET waiting_for = ${JSON.stringify(problem)}::jsonb FROM ${withoutFlushUnless(Prisma.sql`false`)}
          WHERE id = ${operationId} AND state IN ('running', 'cancelling')`,
      );
    },

    /** Records a warning on an operation, which continues. May be repeated. */
    async warn(operationId: string, problem: Problem): Promise<void> {
      await translated('record a warning', () => addWarning(prisma, operationId, problem));
    },

    /**
     * Records a plan as the operation's current one: steps of earlier plans are refused from now on. Throws
     * `superseded`, and `cancelled` for a way forward after a cancel.
     *
     * @param operation as it was when the plan was made: of concurrent attempts one records its plan
     * @returns the plan's number
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
     * Records that instances have data, which their volumes say and the record did not know: from now on they are never
     * placed elsewhere, and never get an empty volume. The password of their engines is not known. Does nothing for an
     * operation that no longer owns the database.
     */
    async adoptData(operation: OperationRecord, instanceIds: readonly string[]): Promise<void> {
      await translated(
        'record that instances have data',
        () =>
          prisma.$executeRaw`
          UPDATE instances SET initialized_at = now(),
            applied = coalesce(applied, '{"settings": null}') || '{"credentials": null}'
          WHERE id = ANY(${[...instanceIds]}) AND initialized_at IS NULL
            AND database_id = ${operation.databaseId} AND ${isCurrent(operation)}`,
      );
    },

    /**
     * Writes the planned state of the database and of every placed instance before anything is touched. Missing records
     * of instances are made, each with a free port of its host; instances without a placement are no longer wanted and
     * become `deleting`. May be repeated. Throws `superseded`, `cancelled`, `capacity_exhausted`.
     */
    async markInstances(
      operation: OperationRecord,
      state: InProgressState,
      placements: readonly Placement[],
    ): Promise<void> {
      await translated('mark the instances', () =>
        prisma.$transaction(async (tx) => {
          // A statement of its own, and first: one that waited for whoever ends the operation would see the operation as it
          // was when the wait began (PostgreSQL, 13.2.1).
          await tx.$queryRaw`SELECT 1 FROM databases WHERE id = ${operation.databaseId} FOR NO KEY UPDATE`;
          const now = await storeTime(tx);
          const marked = await tx.$executeRaw`
            UPDATE databases SET state = ${state}, updated_at = ${now}
            WHERE id = ${operation.databaseId} AND EXISTS (
              SELECT 1 FROM operations WHERE operations.id = ${operation.id} AND ${mayContinue} AND ${isCurrent(operation)})`;
          if (marked === 0) throw await refusal(tx, operation.id);
          for (const placement of placements) await markInstance(tx, operation, placement, state, now);
          const wanted = placements.map(({ instanceId }) => instanceId);
          await tx.instance.updateMany({
            where: { databaseId: operation.databaseId, id: { notIn: wanted } },
            data: { state: 'deleting', updatedAt: now },
          });
        }),
      );
    },
  };
}

async function markInstance(
  tx: Executor,
  { databaseId, tenantId }: OperationRecord,
  { instanceId, instanceName, hostId, pins: { engine: pin } = {} }: Placement,
  state: LifecycleState,
  now: Date,
): Promise<void> {
  const where = { id: instanceId, hostId };
  if (state === 'modifying') await givePort(tx, where);
  const pinned = pin === undefined ? {} : columnsOf(pin);
  const marked = await tx.instance.updateMany({ where, data: { state, updatedAt: now, ...pinned } });
  if (marked.count === 1) return;
  // A failed create may have left it on another host: it gets a port on this one.
  await tx.instance.deleteMany({ where: { id: instanceId, initializedAt: null } });
  await lockPorts(tx, Prisma.sql`${hostId}`);
  const inserted = await tx.$executeRaw`
    INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, address, host_port,
      image_reference, template, created_at, updated_at)
    SELECT ${instanceId}, ${databaseId}, ${tenantId}, ${hostId}, ${instanceName}, 'primary', ${state},
      (SELECT address FROM hosts WHERE id = ${hostId}), free.port, ${pin?.reference ?? null},
      ${pin?.template ?? currentTemplate}, ${now}, ${now}
    FROM (${freePort(Prisma.sql`${hostId}`)}) AS free`;
  if (inserted === 0) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
}

/** Gives the instance of a deleted database that is brought back the port that it had, or another if that is taken. */
async function givePort(tx: Executor, { id, hostId }: { readonly id: string; readonly hostId: string }): Promise<void> {
  const [without] = await tx.$queryRaw<{ lastPort: number | null }[]>`
    SELECT last_port AS "lastPort" FROM instances WHERE id = ${id} AND host_id = ${hostId} AND host_port IS NULL`;
  if (without === undefined) return;
  await lockPorts(tx, Prisma.sql`${hostId}`);
  const given = await tx.$executeRaw`
    UPDATE instances SET host_port = free.port FROM (${freePort(Prisma.sql`${hostId}`, without.lastPort)}) AS free
    WHERE id = ${id}`;
  if (given === 0) throw new DatabaseError('capacity_exhausted', `host ${hostId} has no free port`);
}

function columnsOf({ reference, digest, revision, template }: Pin) {
  return { imageReference: reference, imageDigest: digest, imageRevision: revision, template };
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
