import type { OperationKind } from '../../domain/operations/kinds';
import type { OperationState } from '../../domain/states';
import { translated } from '../connection/errors';
import { Prisma, type PrismaClient } from '../connection/executor';
import { type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import type { OperationRecord, StepRecord } from '../databases/records';
import { selectOperations, thePage, whereTenant } from '../databases/selects';
import { stepsOf } from './steps';

export interface OperationFilter {
  readonly state?: OperationState | undefined;
  readonly kind?: OperationKind | undefined;
  readonly databaseId?: string | undefined;
}

/** Reads of operations. */
export function createOperationReads(prisma: PrismaClient, reading: Reading) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<OperationRecord | null> {
      const [rows] = await translated('read the operation', () =>
        reading.ofTenant<[OperationRecord[]]>(tenantId, selectOperations(whereTenant(tenantId, { id }))),
      );
      return rows[0] ?? null;
    },

    /** An operation and its steps, read at one moment. Null for an unknown id and for another tenant's alike. */
    async withSteps(tenantId: string, id: string): Promise<OperationWithSteps | null> {
      const one = selectOperations(whereTenant(tenantId, { id }));
      const [[operation], steps] = await translated('read the operation', () =>
        reading.ofTenant<[OperationRecord[], StepRecord[]]>(tenantId, one, stepsOf(tenantId, id)),
      );
      return operation === undefined ? null : { operation, steps };
    },

    async list(
      tenantId: string,
      { state, kind, databaseId }: OperationFilter,
      page: PageRequest,
    ): Promise<Page<OperationRecord>> {
      const list = Prisma.sql`${whereTenant(tenantId, { state, kind, database_id: databaseId })} ${thePage('operations', page)}`;
      const [rows] = await translated('list operations', () =>
        reading.ofTenant<[OperationRecord[]]>(tenantId, selectOperations(list)),
      );
      return pageOf(rows, page.pageSize, (operation) => operation);
    },

    /** Which of these operations are finished. */
    async finishedAmong(ids: readonly string[]): Promise<string[]> {
      const rows = await translated('look up finished operations', () =>
        reading.rows<{ readonly id: string }>(Prisma.sql`
          SELECT id FROM operations WHERE id = ANY (${[...ids]}) AND ended_at IS NOT NULL`),
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Starts pending operations accepted before `acceptedBefore`, oldest first. They are locked while `start` runs, and
     * those that another relay has locked are left to it.
     */
    async relayPending(
      acceptedBefore: Date,
      limit: number,
      start: (operation: OperationRecord) => Promise<void>,
    ): Promise<void> {
      await translated('look up pending operations', () =>
        prisma.$transaction(
          async (tx) => {
            const due = await tx.$queryRaw<OperationRecord[]>(
              selectOperations(Prisma.sql`
                WHERE state = 'pending' AND created_at < ${acceptedBefore}
                ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`),
            );
            await Promise.all(due.map(start));
          },
          { timeout: 30_000 },
        ),
      );
    },

    /** Open operations whose cancel was requested before this time. */
    async listCancelling(requestedBefore: Date): Promise<OperationRecord[]> {
      return translated('list operations to cancel', () =>
        reading.rows<OperationRecord>(
          selectOperations(Prisma.sql`
            WHERE state = 'cancelling' AND cancel_requested_at < ${requestedBefore} ORDER BY created_at`),
        ),
      );
    },

    /** Operations that a run should be working on. */
    async listClaimed(): Promise<OperationRecord[]> {
      return translated('list running operations', () =>
        reading.rows<OperationRecord>(
          selectOperations(Prisma.sql`WHERE state IN ('running', 'cancelling') ORDER BY created_at`),
        ),
      );
    },
  };
}

export interface OperationWithSteps {
  readonly operation: OperationRecord;
  readonly steps: readonly StepRecord[];
}
