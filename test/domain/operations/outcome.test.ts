import {
  goesBack,
  kinds,
  type OperationKind,
  operationKinds,
  type Unsuccessful,
} from '../../../domain/operations/kinds';
import { allowedActions, type RequestedKind, requestedKinds } from '../../../domain/operations/operations';
import { type Ending, recordedState, restAfter } from '../../../domain/operations/outcome';
import { isInProgress, type LifecycleState, lifecycleStates, type Outcome } from '../../../domain/states';

const atRest = lifecycleStates.filter((state) => !isInProgress(state));
const formerStates: readonly (LifecycleState | null)[] = [null, ...atRest];
const unsuccessful: readonly Unsuccessful[] = ['failed', 'cancelled'];
const wayBacks: readonly Ending['wayBack'][] = ['not_taken', 'done', 'failed'];

/** Every ending there can be: success has no way back. */
const endings: readonly Ending[] = operationKinds.flatMap((kind) =>
  formerStates.flatMap((formerState) => {
    const ending = { kind, formerState, power: null };
    return [
      { ...ending, outcome: 'succeeded' as const, wayBack: 'not_taken' as const },
      ...unsuccessful.flatMap((outcome) => wayBacks.map((wayBack) => ({ ...ending, outcome, wayBack }))),
    ];
  }),
);

/** A row of the table: what it is about, where nothing is said anything; `same` is the former state. */
interface Row {
  readonly title: string;
  readonly kind?: OperationKind;
  readonly outcome?: Outcome;
  readonly wayBack?: readonly Ending['wayBack'][];
  readonly former?: readonly (LifecycleState | null)[];
  readonly rest: LifecycleState | 'gone' | 'same';
}

/** The kinds that change a database which is there, and leave it there. */
const changeKinds = requestedKinds.filter((kind) => !['create', 'delete', 'purge', 'recover'].includes(kind));

function succeeding(kind: RequestedKind): Row[] {
  const { to } = kinds[kind];
  const row = { title: `${kind} that succeeds ends where its row says`, kind, outcome: 'succeeded' } as const;
  if (to === 'recorded')
    return [{ ...row, title: `${kind} without data, which is never accepted, is failed`, rest: 'failed' }];
  if (to !== 'former') return [{ ...row, rest: to ?? 'gone' }];
  return [
    { ...row, former: atRest, rest: 'same' },
    { ...row, title: `${row.title}, and with no former state on record is failed`, former: [null], rest: 'failed' },
  ];
}

const returned: readonly Ending['wayBack'][] = ['not_taken', 'done'];

const rows: readonly Row[] = [
  { title: 'a created database is available', kind: 'create', outcome: 'succeeded', rest: 'available' },
  {
    title: 'a failed create leaves the record failed, to be retried or deleted',
    kind: 'create',
    outcome: 'failed',
    wayBack: returned,
    rest: 'failed',
  },
  {
    title: 'a create that is cancelled leaves no record',
    kind: 'create',
    outcome: 'cancelled',
    wayBack: returned,
    former: [null],
    rest: 'gone',
  },
  {
    title: 'a retried create that is cancelled leaves the record of the first failed',
    kind: 'create',
    outcome: 'cancelled',
    wayBack: returned,
    former: atRest,
    rest: 'failed',
  },
  { title: 'a create that could not go back is failed', kind: 'create', wayBack: ['failed'], rest: 'failed' },
  { title: 'a purged database is gone', kind: 'purge', outcome: 'succeeded', rest: 'gone' },
  ...unsuccessful.map((outcome): Row => {
    return { title: `a purge that is ${outcome} leaves the database deleted`, kind: 'purge', outcome, rest: 'deleted' };
  }),
  { title: 'a deleted database that keeps nothing is gone', kind: 'delete', outcome: 'succeeded', rest: 'gone' },
  {
    title: 'a failed delete leaves the database failed, whatever it was before (C04)',
    kind: 'delete',
    outcome: 'failed',
    wayBack: ['not_taken'],
    rest: 'failed',
  },
  {
    title: 'a failed delete that has begun nothing leaves the database as it was',
    kind: 'delete',
    outcome: 'failed',
    wayBack: ['done'],
    former: atRest,
    rest: 'same',
  },
  {
    title: 'a failed delete that has begun nothing, with no former state on record, leaves it failed',
    kind: 'delete',
    outcome: 'failed',
    wayBack: ['done'],
    former: [null],
    rest: 'failed',
  },
  {
    title: 'a cancelled delete that went back leaves the database as it was (C08)',
    kind: 'delete',
    outcome: 'cancelled',
    wayBack: returned,
    former: atRest,
    rest: 'same',
  },
  {
    title: 'a cancelled delete with no former state on record is failed',
    kind: 'delete',
    outcome: 'cancelled',
    wayBack: returned,
    former: [null],
    rest: 'failed',
  },
  {
    title: 'a delete that could not go back is failed (C08)',
    kind: 'delete',
    wayBack: ['failed'],
    rest: 'failed',
  },
  ...changeKinds.flatMap((kind): Row[] => [
    ...succeeding(kind),
    ...unsuccessful.flatMap((outcome): Row[] => [
      {
        title: `${kind} that is ${outcome} and went back leaves the database as it was (A12, C08)`,
        kind,
        outcome,
        wayBack: returned,
        former: atRest,
        rest: 'same',
      },
      {
        title: `${kind} that is ${outcome}, with no former state on record, is failed`,
        kind,
        outcome,
        wayBack: returned,
        former: [null],
        rest: 'failed',
      },
      {
        title: `${kind} that is ${outcome} and could not go back is failed`,
        kind,
        outcome,
        wayBack: ['failed'],
        rest: 'failed',
      },
    ]),
  ]),
  {
    title: 'a repaired database is as it was before it drifted',
    kind: 'repair',
    outcome: 'succeeded',
    former: atRest,
    rest: 'same',
  },
  {
    title: 'a repair with no former state on record leaves the database failed',
    kind: 'repair',
    outcome: 'succeeded',
    former: [null],
    rest: 'failed',
  },
  ...unsuccessful.flatMap((outcome): Row[] => [
    {
      title: `a repair that is ${outcome} leaves the database failed, whatever it was before`,
      kind: 'repair',
      outcome,
      wayBack: ['not_taken', 'failed'],
      rest: 'failed',
    },
    {
      title: `a repair that is ${outcome} before it has begun anything leaves the database as it was`,
      kind: 'repair',
      outcome,
      wayBack: ['done'],
      former: atRest,
      rest: 'same',
    },
    {
      title: `a repair that is ${outcome}, with no former state on record, leaves the database failed`,
      kind: 'repair',
      outcome,
      wayBack: ['done'],
      former: [null],
      rest: 'failed',
    },
  ]),
  { title: 'a recovery without data, or one that fails, leaves it failed', kind: 'recover', rest: 'failed' },
];

function matches({ kind, outcome, wayBack, former }: Row, ending: Ending): boolean {
  return (
    (kind === undefined || kind === ending.kind) &&
    (outcome === undefined || outcome === ending.outcome) &&
    (wayBack === undefined || outcome === 'succeeded' || wayBack.includes(ending.wayBack)) &&
    (former === undefined || former.includes(ending.formerState))
  );
}

test.each(rows)('$title', (row) => {
  const own = endings.filter((ending) => matches(row, ending));
  expect(own).not.toHaveLength(0);
  for (const ending of own) {
    const rest = row.rest === 'same' ? ending.formerState : row.rest;
    expect({ ...ending, rest: restAfter(ending) }).toEqual({ ...ending, rest });
  }
});

test('every ending has one row', () => {
  const wrong = endings.filter((ending) => rows.filter((row) => matches(row, ending)).length !== 1);
  expect(wrong).toEqual([]);
});

test('no ending leaves a database in progress (C15)', () => {
  for (const ending of endings) expect(['gone', ...atRest]).toContain(restAfter(ending));
});

test('only success, or the cancel of what never was, removes the record (C04)', () => {
  const removing = endings.filter((ending) => restAfter(ending) === 'gone');
  expect(new Set(removing.map(({ kind, outcome }) => `${kind} ${outcome}`))).toEqual(
    new Set(['create cancelled', 'delete succeeded', 'purge succeeded']),
  );
});

test.each([
  { power: 'running', rest: 'available' },
  { power: 'stopped', rest: 'stopped' },
  { power: 'paused', rest: 'paused' },
] as const)('with data, a create that goes back and a recovery leave the whole database, $rest', ({ power, rest }) => {
  const create = { kind: 'create', formerState: null, power } as const;
  const recovery = { kind: 'recover', formerState: 'failed', power, wayBack: 'not_taken' } as const;
  for (const outcome of unsuccessful) {
    expect(restAfter({ ...create, outcome, wayBack: 'done' })).toBe(rest);
    expect(restAfter({ ...create, outcome, wayBack: 'not_taken', formerState: 'failed' })).toBe('failed');
    expect(restAfter({ ...create, outcome, wayBack: 'failed' })).toBe('failed');
    expect(restAfter({ ...recovery, outcome })).toBe('failed');
  }
  expect(restAfter({ ...recovery, outcome: 'succeeded' })).toBe(rest);
  expect(recordedState(power)).toBe(rest);
  expect(recordedState(null)).toBe('failed');
});

test('where a delete failed, delete can be asked again (C04)', () => {
  const rest = restAfter({
    kind: 'delete',
    outcome: 'failed',
    wayBack: 'not_taken',
    formerState: 'available',
    power: 'running',
  });
  expect(rest).toBe('failed');
  expect(allowedActions({ state: 'failed', hasData: true, isOwed: true, isLost: false })).toContain('delete');
});

test.each(operationKinds)('a way back that failed never shows a database as usable: %s', (kind) => {
  for (const outcome of unsuccessful) {
    for (const formerState of formerStates) {
      expect(restAfter({ kind, outcome, wayBack: 'failed', formerState, power: 'running' })).toBe(
        kind === 'purge' ? 'deleted' : 'failed',
      );
    }
  }
});

test.each<[OperationKind, Unsuccessful, boolean, string]>([
  ['create', 'failed', true, 'it removes what it made'],
  ['create', 'cancelled', true, 'it removes what it made'],
  ['delete', 'failed', false, 'asking again carries on'],
  ['delete', 'cancelled', true, 'a cancel comes before any data is destroyed'],
  ...changeKinds.flatMap((kind): [OperationKind, Unsuccessful, boolean, string][] => [
    [kind, 'failed', true, 'what was before is wanted'],
    [kind, 'cancelled', true, 'what was before is wanted'],
  ]),
  ['repair', 'failed', false, 'there is nothing else to go back to'],
  ['repair', 'cancelled', false, 'there is nothing else to go back to'],
  ['recover', 'failed', false, 'it is the way back already'],
  ['recover', 'cancelled', false, 'it is the way back already'],
])('%s that is %s goes back: %p, as %s', (kind, outcome, expected) => {
  expect(goesBack(kind, outcome)).toBe(expected);
});

test('an operation that succeeds ends where its row says', () => {
  for (const kind of requestedKinds) {
    const { to } = kinds[kind];
    const ending = {
      kind,
      outcome: 'succeeded',
      wayBack: 'not_taken',
      formerState: 'stopped',
      power: 'paused',
    } as const;
    const rest = { former: 'stopped', recorded: 'paused' } as const;
    expect(restAfter(ending)).toBe(to === 'former' || to === 'recorded' ? rest[to] : (to ?? 'gone'));
  }
});
