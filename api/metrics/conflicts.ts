import { DatabaseError, errorTable } from '../../domain/errors';
import type { RequestedKind } from '../../domain/operations/operations';

export interface Conflicts {
  /** Counts the refusal if it is a conflict (409); returns the error, to be thrown. */
  counted(kind: RequestedKind, error: unknown): unknown;
  /** The conflicts so far, by kind. */
  counts(): ReadonlyMap<RequestedKind, number>;
}

/** Refused requests leave no record, so conflicts are counted here, from the start of this process. */
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
