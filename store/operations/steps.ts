import type { Problem } from '../../domain/errors';
import { pointsOfNoReturn } from '../../domain/planning/steps';
import { translated } from '../connection/errors';
import { Prisma, type PrismaClient } from '../connection/executor';
import type { Reading } from '../connection/reading';
import type { StepRecord } from '../databases/records';
import { selectSteps, whereTenant } from '../databases/selects';
import { isReleased } from '../installation/hold';
import { mayContinue, refusal, withoutFlushUnless } from './fence';

/** One step of one plan of an operation. */
export interface StepKey {
  readonly operationId: string;
  readonly planNumber: number;
  readonly ordinal: number;
}

/** Steps of operations' plans. */
export function createSteps(prisma: PrismaClient, reading: Reading) {
  return {
    /** The steps of all plans of an operation, in the order in which they were planned. */
    async list(tenantId: string, operationId: string): Promise<StepRecord[]> {
      const [rows] = await translated('read the steps', () =>
        reading.ofTenant<[StepRecord[]]>(tenantId, stepsOf(tenantId, operationId)),
      );
      return rows;
    },

    /**
     * Begins an attempt of a step if its operation, generation and plan still own the database, and the store is not
     * held; throws `superseded`, `cancelled` or `store_held` otherwise. This is the fence: every step passes it right
     * before it changes the world, and after an accepted cancel only steps of the way back do.
     */
    async start(key: StepKey, attempt: number): Promise<void> {
      const started = await translated(
        'start the step',
        () =>
          prisma.$executeRaw`
          UPDATE steps
          SET state = 'running', attempts = ${attempt}, started_at = coalesce(steps.started_at, now()), ended_at = NULL
          -- Locked, so that a cancel is either seen here or sees that the step has begun.
          FROM (SELECT * FROM operations WHERE id = ${key.operationId} FOR SHARE) AS operations
            JOIN databases ON databases.id = operations.database_id, ${withoutFlushUnless(isPointOfNoReturn(key))}
          WHERE steps.operation_id = ${key.operationId}
            AND steps.plan_number = ${key.planNumber}
            AND steps.ordinal = ${key.ordinal}
            AND operations.id = steps.operation_id
            AND operations.plan_number = steps.plan_number
            AND ${mayContinue}
            AND databases.generation = operations.generation
            AND ${isReleased}`,
      );
      if (started === 0)
        throw await translated('look up why the step is refused', () => refusal(prisma, key.operationId));
    },

    /** Ends an attempt. `waiting`: the step will be retried, and shows why this attempt failed. */
    async end(key: StepKey, state: 'succeeded' | 'failed' | 'waiting', error: Problem | null): Promise<void> {
      await translated(
        'end the step',
        () =>
          prisma.$executeRaw`
          UPDATE steps
          SET state = ${state === 'waiting' ? 'running' : state},
              ended_at = CASE WHEN ${state === 'waiting'} THEN NULL ELSE now() END,
              error = ${error === null ? null : JSON.stringify(error)}::jsonb
          FROM ${withoutFlushUnless(Prisma.sql`false`)}
          WHERE operation_id = ${key.operationId} AND plan_number = ${key.planNumber} AND ordinal = ${key.ordinal}`,
      );
    },

    /**
     * Keeps a server's last log lines on the step that removes it. An attempt that found no log, or could not read it,
     * keeps the lines of an earlier attempt.
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

/** The steps of all plans of an operation. */
export function stepsOf(tenantId: string, operationId: string): Prisma.Sql {
  return selectSteps(Prisma.sql`${whereTenant(tenantId, { operation_id: operationId })} ORDER BY plan_number, ordinal`);
}

/** Whether a cancel is refused once this step has begun. */
function isPointOfNoReturn({ operationId, planNumber, ordinal }: StepKey): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM steps WHERE operation_id = ${operationId} AND plan_number = ${planNumber} AND ordinal = ${ordinal}
      AND name = ANY(${[...pointsOfNoReturn]}))`;
}
