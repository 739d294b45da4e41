import { wasCutOff, withLastWait } from '../../activities/last-wait';
import type { Problem } from '../../domain/errors';

const deadline: Problem = { code: 'deadline_exceeded', message: 'not finished within 3 s' };
const away: Problem = { code: 'backend_unavailable', message: 'waiting: host h1 has been unavailable' };
const busy: Problem = { code: 'backend_busy', message: 'waiting: host h1 is busy' };
const waiting = (planNumber: number, error: Problem) => ({ planNumber, state: 'running' as const, error });
const looking = { planNumber: 0, goingBack: false, waitingFor: away };

test.each([
  {
    title: 'a look at the hosts',
    operation: looking,
    steps: [],
    expected: { ...deadline, details: { last: away } },
  },
  {
    title: 'a step',
    operation: { planNumber: 1, goingBack: false, waitingFor: null },
    steps: [{ planNumber: 1, state: 'succeeded' as const, error: null }, waiting(1, busy)],
    expected: { ...deadline, details: { last: busy } },
  },
  {
    title: 'nothing that is known',
    operation: { planNumber: 1, goingBack: false, waitingFor: null },
    steps: [{ planNumber: 1, state: 'running' as const, error: null }],
    expected: deadline,
  },
])('a deadline that cut off $title says so', ({ operation, steps, expected }) => {
  expect(withLastWait(deadline, operation, steps)).toEqual(expected);
});

const both: Problem = { ...deadline, details: { wayBack: deadline } };

test.each([
  {
    title: 'a step each',
    operation: { planNumber: 2, goingBack: true, waitingFor: null },
    steps: [waiting(1, busy), waiting(2, away)],
    last: busy,
    wayBack: away,
  },
  {
    title: 'a step forward, a look on the way back',
    operation: { planNumber: 1, goingBack: false, waitingFor: away },
    steps: [waiting(1, busy)],
    last: busy,
    wayBack: away,
  },
  { title: 'looks', operation: looking, steps: [], last: away, wayBack: away },
  {
    title: 'nothing that is known forward, a step on the way back',
    operation: { planNumber: 2, goingBack: true, waitingFor: null },
    steps: [{ planNumber: 1, state: 'running' as const, error: null }, waiting(2, away)],
    last: undefined,
    wayBack: away,
  },
])('a way back that was cut off too says its own: $title', ({ operation, steps, last, wayBack }) => {
  expect(withLastWait(both, operation, steps)).toEqual({
    ...deadline,
    details: { wayBack: { ...deadline, details: { last: wayBack } }, ...(last === undefined ? {} : { last }) },
  });
});

test.each<{ error: Problem; expected: boolean }>([
  { error: deadline, expected: true },
  { error: { code: 'not_ready', message: 'no', details: { wayBack: deadline } }, expected: true },
  { error: { code: 'not_ready', message: 'no', details: { wayBack: away } }, expected: false },
  { error: away, expected: false },
])('only what a deadline cut off is looked into: $error.code, $expected', ({ error, expected }) => {
  expect(wasCutOff(error)).toBe(expected);
});

test.each<Problem>([
  { code: 'cancelled', message: 'the operation was cancelled' },
  { ...deadline, details: { last: busy } },
])('$code that says enough is left as it is', (problem) => {
  expect(withLastWait(problem, looking, [])).toEqual(problem);
});
