import { DatabaseError, errorTable } from '../../domain/errors';
import type { RequestedKind } from '../../domain/operations/operations';

export interface Conflicts {
  /** Counts a refused request when it was refused by a conflict (409); gives the error back, to be thrown. */
  counted(kind: RequestedKind, error: unknown): unknown;
  /** How often so far, by kind. */
  counts(): ReadonlyMap<RequestedKind, number>;
}

/** Requests that were refused leave no record: they are counted here, from the start of this process. */
export function createConflicts(): Conflicts {
  const counts = new Map<RequestedKind, number>();
  return {
    counted(kind, error) {
      if (error instanceof DatabaseError && errorTable[error.code].status === 409) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      return error;
    },
    counts: () => counts,
  };
}
