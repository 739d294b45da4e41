import { type OperationKind, operationKinds } from '../../../domain/operations/kinds';
import { restAfter } from '../../../domain/operations/outcome';
import { type Ended, nextTryAfter, type OwedChange, type OwedTries, owedAfter } from '../../../domain/operations/owed';
import type { LifecycleState } from '../../../domain/states';

const problem = 'backend_unavailable';

/** Every way in which an operation ends. */
const endings = {
  succeeded: { outcome: 'succeeded', wayBack: 'not_taken', error: null },
  'went back': { outcome: 'failed', wayBack: 'done', error: problem },
  'was cancelled, and went back': { outcome: 'cancelled', wayBack: 'done', error: 'cancelled' },
  'could not go back': { outcome: 'failed', wayBack: 'failed', error: problem },
  'does not go back': { outcome: 'failed', wayBack: 'not_taken', error: problem },
  'was aborted': { outcome: 'failed', wayBack: 'failed', error: 'aborted' },
  'was aborted, and had begun nothing': { outcome: 'failed', wayBack: 'done', error: 'aborted' },
  'was given up': { outcome: 'failed', wayBack: 'not_taken', error: 'crash_looping' },
} as const satisfies Readonly<Record<string, Pick<Ended, 'outcome' | 'wayBack' | 'error'>>>;
type EndingName = keyof typeof endings;

const before: OwedTries = { cause: 'way_back', tries: 3 };

function after(kind: OperationKind, name: EndingName, formerState: LifecycleState | null, owed: OwedTries | null) {
  const ending = { ...endings[name], kind, formerState };
  const rest = restAfter({ ...ending, power: formerState === null ? null : 'running' });
  return rest === 'gone' ? 'gone' : owedAfter({ ...ending, rest, owed });
}

/** What a database is owed after an operation on one that was at rest, or on none. */
const rows: readonly {
  readonly kinds: readonly OperationKind[];
  readonly former: readonly (LifecycleState | null)[];
  readonly owed: Readonly<Partial<Record<EndingName, string>>>;
}[] = [
  {
    kinds: ['stop', 'start', 'restart', 'pause', 'resume', 'resize', 'rotate-credentials', 'update'],
    former: ['available', 'stopped', 'paused'],
    owed: {
      succeeded: 'settled',
      'went back': 'settled',
      'was cancelled, and went back': 'settled',
      'could not go back': 'way_back',
      'was aborted': 'aborted',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['undelete'],
    former: ['deleted'],
    owed: {
      succeeded: 'settled',
      'went back': 'settled',
      'was cancelled, and went back': 'settled',
      'could not go back': 'way_back',
      'was aborted': 'aborted',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['purge'],
    former: ['deleted'],
    owed: {
      succeeded: 'gone',
      'does not go back': 'settled',
      'was aborted': 'settled',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['create'],
    former: [null, 'failed'],
    owed: {
      succeeded: 'settled',
      'went back': 'settled',
      'could not go back': 'way_back',
      'was aborted': 'aborted',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['delete'],
    former: ['available', 'stopped', 'paused'],
    owed: {
      succeeded: 'gone',
      'was cancelled, and went back': 'settled',
      'could not go back': 'way_back',
      'does not go back': 'delete',
      'was aborted': 'delete',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['delete'],
    former: ['failed'],
    owed: {
      succeeded: 'gone',
      'was cancelled, and went back': 'untouched',
      'could not go back': 'untouched',
      'does not go back': 'delete',
      'was aborted': 'delete',
      'was aborted, and had begun nothing': 'untouched',
    },
  },
  {
    kinds: ['start'],
    former: ['failed'],
    owed: {
      succeeded: 'settled',
      'went back': 'untouched',
      'was cancelled, and went back': 'untouched',
      'could not go back': 'untouched',
      'was aborted': 'untouched',
      'was aborted, and had begun nothing': 'untouched',
    },
  },
  {
    kinds: ['repair'],
    former: ['available', 'stopped', 'paused'],
    owed: {
      succeeded: 'settled',
      'does not go back': 'repair',
      'was given up': 'crash_loop',
      'was aborted': 'aborted',
      'was aborted, and had begun nothing': 'settled',
    },
  },
  {
    kinds: ['recover'],
    former: ['failed'],
    owed: {
      succeeded: 'settled',
      'does not go back': 'tried',
      'was aborted': 'tried',
      'was aborted, and had begun nothing': 'tried',
    },
  },
  {
    kinds: ['describe'],
    former: ['available', 'stopped', 'paused', 'failed'],
    owed: {
      succeeded: 'untouched',
      'went back': 'untouched',
      'was cancelled, and went back': 'untouched',
      'was aborted, and had begun nothing': 'untouched',
    },
  },
];

const cases = rows.flatMap(({ kinds, former, owed }) =>
  kinds.flatMap((kind) =>
    former.flatMap((formerState) =>
      Object.entries(owed).map(([name, expected]) => ({ kind, formerState, name: name as EndingName, expected })),
    ),
  ),
);

test.each(cases)('$kind of a database that was $formerState $name: $expected (M26)', (row) => {
  const { kind, formerState, name, expected } = row;
  const named = (change: OwedChange | 'gone') => (typeof change === 'string' ? change : change.cause);
  if (expected === 'tried') {
    expect(after(kind, name, formerState, before)).toEqual({ cause: 'way_back', tries: 4 });
    // A recovery that a person requested, with nothing owed, leaves nothing owed.
    expect(after(kind, name, formerState, null)).toBe('untouched');
    return;
  }
  for (const owed of [null, before]) {
    const change = after(kind, name, formerState, owed);
    expect(named(change)).toBe(expected);
    if (typeof change !== 'string') expect(change.tries).toBe(0);
  }
});

test('every kind has its rows (M26)', () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(operationKinds));
});

test('a recovery is tried again after pauses that double up to ten minutes, without an end', () => {
  for (const cause of ['way_back', 'aborted'] as const) {
    const pauses = Array.from({ length: 11 }, (_, tries) => nextTryAfter({ cause, tries }));
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
  }
});

test('a failed repair is tried again five times within about an hour, then by a person (M51)', () => {
  const pauses = Array.from({ length: 7 }, (_, tries) => nextTryAfter({ cause: 'repair', tries }));
  expect(pauses).toEqual([60, 240, 600, 1200, 1500, null, null]);
});

test('a delete, a database that keeps failing, and one whose host is lost, wait for a person', () => {
  for (const cause of ['delete', 'crash_loop', 'host_lost'] as const)
    expect(nextTryAfter({ cause, tries: 0 })).toBeNull();
});
