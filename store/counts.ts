import type { OperationKind } from '../databases/operations';
import type { LifecycleState, OperationState } from '../databases/states';
import type { PrismaClient } from './client';
import { translated } from './errors';

export interface DatabaseCount {
  readonly version: string;
  readonly state: LifecycleState;
  readonly count: number;
}

export interface OperationCount {
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly count: number;
}

/** How long the ended operations of a kind took, from being accepted to their end. */
export interface OperationDuration {
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly count: number;
  readonly seconds: number;
}

/** The operations that are not finished, and how old the oldest of them is. */
export interface OperationAge {
  readonly state: OperationState;
  readonly seconds: number;
}

/** How much of what there is, over all tenants: counted when asked, so that no figure drifts from the records. */
export function createCounts(prisma: PrismaClient) {
  return {
    async databases(): Promise<DatabaseCount[]> {
      return translated(
        'count the databases',
        () =>
          prisma.$queryRaw<DatabaseCount[]>`
          SELECT spec->>'version' AS version, state, count(*)::int AS count FROM databases GROUP BY 1, 2`,
      );
    },

    async operations(): Promise<OperationCount[]> {
      return translated(
        'count the operations',
        () =>
          prisma.$queryRaw<OperationCount[]>`SELECT kind, state, count(*)::int AS count FROM operations GROUP BY 1, 2`,
      );
    },

    async durations(): Promise<OperationDuration[]> {
      return translated(
        'add up the durations of operations',
        () =>
          prisma.$queryRaw<OperationDuration[]>`
          SELECT kind, state, count(*)::int AS count, sum(extract(epoch FROM ended_at - created_at))::float8 AS seconds
          FROM operations WHERE ended_at IS NOT NULL GROUP BY 1, 2`,
      );
    },

    /** By the store's clock, as their times may be another process's. */
    async ages(): Promise<OperationAge[]> {
      return translated(
        'find the oldest operations',
        () =>
          prisma.$queryRaw<OperationAge[]>`
          SELECT state, greatest(0, extract(epoch FROM clock_timestamp() - min(created_at)))::float8 AS seconds
          FROM operations WHERE ended_at IS NULL GROUP BY 1`,
      );
    },
  };
}
