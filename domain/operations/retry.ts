import { DatabaseError } from '../errors';
import { isFinished, type OperationState } from '../states';
import type { OperationKind } from './kinds';
import { allowedActions, type Condition, type RequestedKind } from './operations';

export interface RetriedOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly input: unknown;
}

/** The database of a retried operation. */
export interface RetryTarget extends Omit<Condition, 'isOwed'> {
  readonly id: string;
  /** The operation that left it `failed`, with a recovery owed; null when none is. */
  readonly owedBy: string | null;
}

/** Only an operation that failed or was cancelled can be retried. Throws `not_retryable`. */
export function requireRetryable({ kind, state }: Pick<RetriedOperation, 'kind' | 'state'>): void {
  if (isFinished(state) && state !== 'succeeded') return;
  throw new DatabaseError('not_retryable', `an operation of kind ${kind} that is ${state} cannot be retried`);
}

/**
 * The request that a retry stands for: a recovery, if the operation left the database `failed` and it has data; else the
 * same request again, which the table of operations allows or not. Throws `not_retryable`.
 */
export function retryOf(
  operation: RetriedOperation,
  database: RetryTarget,
): { readonly kind: RequestedKind; readonly input: unknown } {
  requireRetryable(operation);
  const { id, kind, input } = operation;
  const isFailed = database.state === 'failed';
  const isOwing = database.owedBy === id;
  const recovery = { kind: 'recover', input: {} } as const;
  switch (kind) {
    case 'recover':
      return recovery;
    case 'repair':
      if (isFailed && !isOwing) throw refusal(database, `a later operation has replaced operation ${id}`);
      return recovery;
    case 'create':
      // It leads to its own input, which would set the record back.
      if (isFailed && database.hasData && !isOwing)
        throw refusal(database, `database ${database.id} has held data since create ${id}`);
      return database.hasData && isOwing ? recovery : { kind, input };
    case 'delete':
    case 'undelete':
    case 'purge':
      return { kind, input };
    case 'stop':
    case 'start':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'resize':
    case 'rotate-credentials':
    case 'update':
    case 'describe':
      return isOwing ? recovery : { kind, input };
  }
}

function refusal({ owedBy, ...condition }: RetryTarget, message: string): DatabaseError {
  const { state } = condition;
  const details = { currentState: state, allowedActions: allowedActions({ ...condition, isOwed: owedBy !== null }) };
  return new DatabaseError('not_retryable', message, details);
}
