import { kinds } from '../../domain/operations/kinds';
import { allowedActions } from '../../domain/operations/operations';
import {
  currentStatus,
  inProgressStates,
  isFinished,
  isInProgress,
  type LifecycleState,
  lifecycleStates,
  type ObservedState,
  type OperationState,
  observedStates,
  openOperationStates,
  operationStates,
  stepStates,
} from '../../domain/states';

/** Every lifecycle state by name, so that a new one is missing here until somebody has decided. */
const inProgress: Readonly<Record<LifecycleState, boolean>> = {
  creating: true,
  modifying: true,
  deleting: true,
  available: false,
  stopped: false,
  paused: false,
  failed: false,
  deleted: false,
};

describe('lifecycle states', () => {
  test.each(Object.entries(inProgress))('%s is in progress: %p (C07)', (state, expected) => {
    expect(isInProgress(state as LifecycleState)).toBe(expected);
  });

  test('the list of those in progress is the one that the question answers', () => {
    expect(lifecycleStates.filter(isInProgress)).toEqual([...inProgressStates]);
  });

  test.each(inProgressStates)('%s accepts no operation (C07)', (state) => {
    expect(allowedActions({ state, hasData: true, isOwed: true, isLost: false })).toEqual([]);
  });

  test.each([
    ['available', ['stop', 'restart', 'pause', 'resize', 'rotate-credentials', 'update', 'describe', 'delete']],
    ['stopped', ['start', 'resize', 'update', 'describe', 'delete']],
    ['paused', ['resume', 'describe', 'delete']],
    ['failed', ['start', 'describe', 'recover', 'delete']],
    ['deleted', ['undelete', 'purge']],
  ] as const)('%s with data allows %p (A05, A06, B02)', (state, actions) => {
    expect(allowedActions({ state, hasData: true, isOwed: false, isLost: false })).toEqual(actions);
  });

  test.each([
    [false, ['describe', 'delete']],
    [true, ['describe', 'recover', 'delete']],
  ])('failed without data, with a recovery owed: %p, allows %p (M27)', (isOwed, actions) => {
    expect(allowedActions({ state: 'failed', hasData: false, isOwed, isLost: false })).toEqual(actions);
  });

  test.each([true, false])('failed on a lost host, with data: %p, allows only what needs no data (M41)', (hasData) => {
    const actions = ['describe', 'delete'];
    expect(allowedActions({ state: 'failed', hasData, isOwed: true, isLost: true })).toEqual(actions);
  });

  test.each(Object.entries(kinds))('%s is in progress while it runs, and at rest once it succeeded', (_kind, row) => {
    const { during, to } = row;
    expect(isInProgress(during)).toBe(true);
    expect(to === null || to === 'former' || to === 'recorded' || !isInProgress(to)).toBe(true);
  });
});

/** Likewise for operations. */
const finished: Readonly<Record<OperationState, boolean>> = {
  pending: false,
  running: false,
  cancelling: false,
  succeeded: true,
  failed: true,
  cancelled: true,
};

describe('operation states', () => {
  test.each(Object.entries(finished))('%s is finished: %p', (state, expected) => {
    expect(isFinished(state as OperationState)).toBe(expected);
  });

  test('an operation is either open or finished', () => {
    expect(operationStates.filter((state) => !isFinished(state))).toEqual([...openOperationStates]);
  });
});

describe('state names', () => {
  test.each([
    ['lifecycle states', lifecycleStates, Object.keys(inProgress)],
    ['operation states', operationStates, Object.keys(finished)],
    ['step states', stepStates, ['pending', 'running', 'succeeded', 'failed']],
    ['observed states', observedStates, ['healthy', 'unhealthy', 'unknown']],
  ] as const)('%s are the documented ones, each once', (_what, states, documented) => {
    expect(states).toEqual(documented);
  });
});

describe('the status to show', () => {
  const intervalSeconds = 60;

  test('is unknown while nobody has looked (C11)', () => {
    expect(currentStatus(null)).toBe('unknown');
  });

  test.each<[ObservedState, number, ObservedState]>([
    ['healthy', 0, 'healthy'],
    ['unhealthy', 0, 'unhealthy'],
    ['unknown', 0, 'unknown'],
    ['healthy', 119_999, 'healthy'],
    ['healthy', 120_000, 'healthy'],
    ['healthy', 120_001, 'unknown'],
    ['unhealthy', 120_001, 'unknown'],
    ['healthy', 365 * 86_400_000, 'unknown'],
  ])('every 60 s: %s seen %i ms ago is %s (C11)', (state, ageMs, shown) => {
    expect(currentStatus({ state, ageSeconds: ageMs / 1000, intervalSeconds })).toBe(shown);
  });

  test.each([
    [5, 10_001],
    [60, 120_001],
    [3600, 7_200_001],
  ])('at an interval of %i s it is old after %i ms', (interval, ageMs) => {
    const status = { state: 'healthy', intervalSeconds: interval } as const;
    expect(currentStatus({ ...status, ageSeconds: (ageMs - 1) / 1000 })).toBe('healthy');
    expect(currentStatus({ ...status, ageSeconds: ageMs / 1000 })).toBe('unknown');
  });
});
