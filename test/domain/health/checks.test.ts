import fc from 'fast-check';
import { checkError } from '../../../domain/health/check-errors';
import {
  afterRun,
  type CheckState,
  changedSettings,
  checkStates,
  defaultCheckSettings,
  type Edge,
  type Standing,
  standingIn,
} from '../../../domain/health/checks';

const unknown: Standing = { state: 'unknown', successes: 0, failures: 0 };

/** Runs of `+` (went well) and `-`, from a state: the states after each, and what was told, by the number of the run. */
function runs(pattern: string, failureThreshold: number, successThreshold: number, from: Standing = unknown) {
  let standing = from;
  const states: CheckState[] = [];
  const told: [number, Edge][] = [];
  [...pattern].forEach((sign, index) => {
    const { edge, ...after } = afterRun(standing, sign === '+', { failureThreshold, successThreshold });
    standing = after;
    states.push(after.state);
    if (edge !== null) told.push([index + 1, edge]);
  });
  return { states, told, standing };
}

test.each<{
  name: string;
  pattern: string;
  failures?: number;
  successes?: number;
  state: CheckState;
  told: [number, Edge][];
}>([
  { name: 'nothing is known before the first run', pattern: '', state: 'unknown', told: [] },
  { name: 'unknown to up tells nothing', pattern: '+++', state: 'up', told: [] },
  { name: 'failures below the threshold decide nothing', pattern: '--', state: 'unknown', told: [] },
  { name: 'unknown to down tells', pattern: '---', state: 'down', told: [[3, 'down']] },
  { name: 'what stays down is told once', pattern: '----------', state: 'down', told: [[3, 'down']] },
  {
    name: 'up to down and back',
    pattern: '+---+',
    state: 'up',
    told: [
      [4, 'down'],
      [5, 'recovered'],
    ],
  },
  { name: 'a success clears failures', pattern: '+--+--+--', state: 'up', told: [] },
  { name: 'a failure clears successes', pattern: '---++-++', successes: 3, state: 'down', told: [[3, 'down']] },
  {
    name: 'up after its threshold',
    pattern: '---+++',
    successes: 3,
    state: 'up',
    told: [
      [3, 'down'],
      [6, 'recovered'],
    ],
  },
  {
    name: 'unknown until one of the thresholds is reached',
    pattern: '+-+-',
    failures: 2,
    successes: 2,
    state: 'unknown',
    told: [],
  },
  {
    name: 'thresholds of one',
    pattern: '-+-+',
    failures: 1,
    state: 'up',
    told: [
      [1, 'down'],
      [2, 'recovered'],
      [3, 'down'],
      [4, 'recovered'],
    ],
  },
  { name: 'flapping just below the threshold is no storm', pattern: '+--+--+--+--+--+', state: 'up', told: [] },
  {
    name: 'a higher success threshold keeps one that flaps down',
    pattern: '---++---++---++',
    successes: 3,
    state: 'down',
    told: [[3, 'down']],
  },
])('$name (E06, E07)', ({ pattern, failures = 3, successes = 1, state, told }) => {
  const after = runs(pattern, failures, successes);
  expect({ state: after.standing.state, told: after.told }).toEqual({ state, told });
});

test('the counts are those of the last runs in a row (E06)', () => {
  expect(runs('++', 3, 1).standing).toEqual({ state: 'up', successes: 2, failures: 0 });
  expect(runs('++-', 3, 1).standing).toEqual({ state: 'up', successes: 0, failures: 1 });
});

/** Independent of counts: looks at the whole history. The state is decided by the last streak that was long enough. */
function judged(history: readonly boolean[], failureThreshold: number, successThreshold: number): CheckState {
  for (let end = history.length; end > 0; end -= 1) {
    const last = history[end - 1];
    let length = 0;
    while (length < end && history[end - 1 - length] === last) length += 1;
    if (length >= (last ? successThreshold : failureThreshold)) return last ? 'up' : 'down';
  }
  return 'unknown';
}

test('over any history the state is what the history says, and each edge is told once (E06, E07)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      (history, failureThreshold, successThreshold) => {
        const { states, told } = runs(
          history.map((good) => (good ? '+' : '-')).join(''),
          failureThreshold,
          successThreshold,
        );
        const wanted = history.map((_, index) =>
          judged(history.slice(0, index + 1), failureThreshold, successThreshold),
        );
        expect(states).toEqual(wanted);
        const edges = wanted.flatMap((state, index): [number, Edge][] => {
          const before = index === 0 ? 'unknown' : wanted[index - 1];
          if (state === 'down' && before !== 'down') return [[index + 1, 'down']];
          return state === 'up' && before === 'down' ? [[index + 1, 'recovered']] : [];
        });
        expect(told).toEqual(edges);
        // Of two that are told, one is DOWN and the next RECOVERED.
        expect(told.every(([, edge], index) => edge === (index % 2 === 0 ? 'down' : 'recovered'))).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test('however a database flaps, one is told no more often than the thresholds let it change (E07)', () => {
  const threshold = fc.integer({ min: 1, max: 5 });
  const history = fc.array(fc.boolean(), { maxLength: 100 });
  fc.assert(
    fc.property(history, threshold, threshold, (runsOf, failureThreshold, successThreshold) => {
      const { told } = runs(runsOf.map((good) => (good ? '+' : '-')).join(''), failureThreshold, successThreshold);
      told.forEach(([at, edge], index) => {
        const [before = 0] = told[index - 1] ?? [];
        expect(at - before).toBeGreaterThanOrEqual(edge === 'down' ? failureThreshold : successThreshold);
      });
    }),
  );
});

test.each(checkStates)('after an operation a check counts from zero, and is still %s (E31)', (state) => {
  const before: Standing = { state, successes: 0, failures: 2 };
  expect(standingIn(before, 4, 4)).toEqual(before);
  expect(standingIn(before, 4, 5)).toEqual({ state, successes: 0, failures: 0 });
});

test('settings are changed one by one, and a probe ends before the next begins (E14)', () => {
  expect(changedSettings(defaultCheckSettings, { intervalSeconds: 15 })).toEqual({
    ...defaultCheckSettings,
    intervalSeconds: 15,
  });
  expect(changedSettings(defaultCheckSettings, { intervalSeconds: 4, timeoutSeconds: 3 })).toMatchObject({
    timeoutSeconds: 3,
  });
  const fieldOf = (patch: object) => {
    try {
      return changedSettings(defaultCheckSettings, patch);
    } catch (error) {
      return (error as { details: { errors: { field: string }[] } }).details.errors.map(({ field }) => field);
    }
  };
  expect(fieldOf({ intervalSeconds: 5 })).toEqual(['intervalSeconds']);
  expect(fieldOf({ timeoutSeconds: 60 })).toEqual(['timeoutSeconds']);
  expect(fieldOf({ timeoutSeconds: 10, intervalSeconds: 10 })).toEqual(['timeoutSeconds']);
});

test('an error is one short line without credentials (E05)', () => {
  const { message } = checkError(
    'engine_error',
    'cannot reach postgresql://slipway_monitor:hunter2@10.0.0.1/postgres\n\tat once',
  );
  expect(message).toBe('cannot reach postgresql://…@10.0.0.1/postgres at once');
  expect(checkError('engine_error', 'x'.repeat(5_000)).message).toHaveLength(300);
});
