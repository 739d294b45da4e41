import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { raise } from '../notifications/notices';

interface Stuck {
  readonly id: string;
  readonly tenantId: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly kind: string;
  readonly since: Date;
}

/** Reports operations that make no progress. */
export function createStuckReport(prisma: PrismaClient) {
  return {
    /**
     * Raises a notice for every open operation that has not begun, and has begun or ended no step, within the deadline.
     * Each operation is reported once, however many workers look.
     *
     * @returns the operations' ids
     */
    async reportStuck(deadlineMs: number): Promise<string[]> {
      return translated('look up stuck operations', () =>
        prisma.$transaction(async (tx) => {
          const rows = await tx.$queryRaw<Stuck[]>`
            UPDATE operations SET stuck_at = now()
            FROM (
              SELECT operations.id AS stuck_id,
                greatest(operations.created_at, operations.started_at, max(steps.started_at), max(steps.ended_at)) AS since
              FROM operations LEFT JOIN steps ON steps.operation_id = operations.id
              WHERE operations.state IN ('pending', 'running', 'cancelling') AND operations.stuck_at IS NULL
              GROUP BY operations.id
            ) AS progress
            WHERE operations.id = stuck_id AND operations.stuck_at IS NULL
              AND operations.state IN ('pending', 'running', 'cancelling')
              AND since < now() - ${deadlineMs} * interval '1 millisecond'
            RETURNING id, tenant_id AS "tenantId", database_id AS "databaseId", database_name AS "databaseName", kind, since`;
          const at = await storeTime(tx);
          for (const { id: operationId, tenantId, databaseId, databaseName, kind, since } of rows) {
            const data = { databaseName, kind, since: since.toISOString() };
            await raise(tx, { tenantId, databaseId, operationId, type: 'operation.stuck', data }, at);
          }
          return rows.map(({ id }) => id);
        }),
      );
    },
  };
}
