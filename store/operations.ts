import type { OperationKind } from '../databases/operations';
import type { OperationState } from '../databases/states';
import type { PrismaClient } from './client';
import { translated } from './errors';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from './pages';
import { type OperationRecord, operationRecord, type StepRecord, stepRecord } from './records';
import type { TenantScope } from './tenant-scope';

export interface OperationFilter {
  readonly state?: OperationState | undefined;
  readonly kind?: OperationKind | undefined;
  readonly databaseId?: string | undefined;
}

/** Reads of operations. */
export function createOperations(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<OperationRecord | null> {
      const row = await translated('read the operation', () =>
        asTenant(tenantId, (tx) => tx.operation.findFirst({ where: { id, tenantId } })),
      );
      return row === null ? null : operationRecord(row);
    },

    /** The steps of all its plans, in the order in which they were planned. */
    async steps(tenantId: string, operationId: string): Promise<StepRecord[]> {
      const rows = await translated('read the steps', () =>
        asTenant(tenantId, (tx) =>
          tx.step.findMany({
            where: { operationId, tenantId },
            orderBy: [{ planNumber: 'asc' }, { ordinal: 'asc' }],
          }),
        ),
      );
      return rows.map(stepRecord);
    },

    async list(tenantId: string, filter: OperationFilter, page: PageRequest): Promise<Page<OperationRecord>> {
      const rows = await translated('list operations', () =>
        asTenant(tenantId, (tx) =>
          tx.operation.findMany({
            where: {
              tenantId,
              ...(filter.state === undefined ? {} : { state: filter.state }),
              ...(filter.kind === undefined ? {} : { kind: filter.kind }),
              ...(filter.databaseId === undefined ? {} : { databaseId: filter.databaseId }),
              ...afterToken(page.pageToken),
            },
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, operationRecord);
    },

    /** Which of these operations are finished by now. */
    async finishedAmong(ids: readonly string[]): Promise<string[]> {
      const rows = await translated('look for finished operations', () =>
        prisma.operation.findMany({ where: { id: { in: [...ids] }, endedAt: { not: null } }, select: { id: true } }),
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Pending operations accepted before `acceptedBefore`, oldest first, for a relay to start. Locked while `start` runs,
     * and those that another relay has locked are left to it.
     */
    async relayPending(
      acceptedBefore: Date,
      limit: number,
      start: (operation: OperationRecord) => Promise<void>,
    ): Promise<void> {
      await translated('look for pending operations', () =>
        prisma.$transaction(
          async (tx) => {
            const due = await tx.$queryRaw<{ id: string }[]>`
              SELECT id FROM operations WHERE state = 'pending' AND created_at < ${acceptedBefore}
              ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
            const rows = await tx.operation.findMany({ where: { id: { in: due.map(({ id }) => id) } } });
            await Promise.all(rows.map((row) => start(operationRecord(row))));
          },
          { timeout: 30_000 },
        ),
      );
    },

    /** Operations that a run should be working on. */
    async claimed(): Promise<OperationRecord[]> {
      const rows = await translated('list running operations', () =>
        prisma.operation.findMany({
          where: { state: { in: ['running', 'cancelling'] } },
          orderBy: { createdAt: 'asc' },
        }),
      );
      return rows.map(operationRecord);
    },

    /**
     * Databases whose way back failed and whose next try has come: every try since the last request doubles the wait
     * for the next, from two seconds to ten minutes.
     */
    async waitingForWayBack(): Promise<string[]> {
      const rows = await translated(
        'list databases to be recovered',
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
  };
}
