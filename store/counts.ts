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
  };
}
