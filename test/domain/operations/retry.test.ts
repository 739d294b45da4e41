import { DatabaseError } from '../../../domain/errors';
import { operationKinds } from '../../../domain/operations/kinds';
import { type RetriedOperation, type RetryTarget, retryOf } from '../../../domain/operations/retry';

const input = { some: 'input' };
const recovery = { kind: 'recover', input: {} };

function retried(operation: Partial<RetriedOperation>, database: Partial<RetryTarget>) {
  const target: RetryTarget = { id: 'orders', state: 'failed', hasData: true, owedBy: 'op', ...database };
  return retryOf({ id: 'op', kind: 'restart', state: 'failed', input, ...operation }, target);
}

function refusalOf(operation: Partial<RetriedOperation>, database: Partial<RetryTarget>): DatabaseError {
  try {
    retried(operation, database);
  } catch (error) {
    if (error instanceof DatabaseError) return error;
  }
  throw new Error('was not refused');
}

test.each(operationKinds)('a %s that is open or has succeeded cannot be retried', (kind) => {
  for (const state of ['pending', 'running', 'cancelling', 'succeeded'] as const) {
    expect(refusalOf({ kind, state }, {})).toMatchObject({
      code: 'not_retryable',
      message: `an operation of kind ${kind} that is ${state} cannot be retried`,
    });
  }
  expect(() => retried({ kind, state: 'cancelled' }, {})).not.toThrow();
});

test.each(['stop', 'start', 'restart', 'resize', 'update', 'rotate-credentials', 'repair', 'create'] as const)(
  'the retry of a %s that left a database with data failed recovers it',
  (kind) => {
    expect(retried({ kind }, {})).toEqual(recovery);
  },
);

test.each(['stop', 'restart', 'resize', 'update', 'delete', 'describe'] as const)(
  'the retry of a %s that left nothing is the same request again',
  (kind) => {
    expect(retried({ kind }, { owedBy: 'another' })).toEqual({ kind, input });
    expect(retried({ kind }, { owedBy: null, state: 'available' })).toEqual({ kind, input });
  },
);

test('the retry of a delete is a delete, whatever it left', () => {
  expect(retried({ kind: 'delete' }, {})).toEqual({ kind: 'delete', input });
});

test('the retry of a create without data is a create, whatever it left', () => {
  for (const owedBy of ['op', 'another', null]) {
    expect(retried({ kind: 'create' }, { hasData: false, owedBy })).toEqual({ kind: 'create', input });
  }
});

test('an old create is not retried on a failed database with data (M25)', () => {
  expect(refusalOf({ kind: 'create' }, { owedBy: null })).toMatchObject({
    code: 'not_retryable',
    message: 'database orders has held data since create op',
    details: { currentState: 'failed', allowedActions: ['start', 'describe', 'recover', 'delete'] },
  });
  // The table of operations refuses it in another state.
  expect(retried({ kind: 'create' }, { owedBy: null, state: 'available' })).toEqual({ kind: 'create', input });
});

test('a repair is retried only while its recovery is owed (M23)', () => {
  expect(refusalOf({ kind: 'repair' }, { owedBy: 'another', hasData: false })).toMatchObject({
    code: 'not_retryable',
    message: 'a later operation has replaced operation op',
    details: { currentState: 'failed', allowedActions: ['describe', 'recover', 'delete'] },
  });
  // There is nothing to recover, which the table of operations says.
  expect(retried({ kind: 'repair' }, { owedBy: null, state: 'available' })).toEqual(recovery);
});

test('the retry of a recovery is another', () => {
  expect(retried({ kind: 'recover' }, { owedBy: 'another' })).toEqual(recovery);
});
