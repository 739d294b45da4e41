import fc from 'fast-check';
import { type Admission, type Breaker, createBreaker, type Verdict } from '../../../containers/resilience/breaker';
import { defaultResilience } from '../../../containers/resilience/settings';
import type { BreakerStatus } from '../../../containers/resilience/status';
import { type ManualClock, newManualClock } from '../../support/manual-clock';

const failed: Verdict = { failure: 'connect ECONNREFUSED' };
const { failures, resetMs, successes } = defaultResilience.breaker;

let clock: ManualClock;
let breaker: Breaker;
let changes: BreakerStatus[];
beforeEach(() => {
  clock = newManualClock();
  changes = [];
  breaker = createBreaker(defaultResilience.breaker, clock, (status) => changes.push(status));
});

function admitted(): Admission {
  const admission = breaker.admit();
  if (admission === null) throw new Error(`refused while ${breaker.status().state}`);
  return admission;
}

function call(verdict: Verdict): void {
  admitted().settle(verdict);
}

function calls(verdict: Verdict, count: number): void {
  for (let made = 0; made < count; made += 1) call(verdict);
}

async function halfOpen(): Promise<void> {
  calls(failed, failures);
  await clock.advance(resetMs);
  expect(state()).toBe('half_open');
}

const state = () => breaker.status().state;

test('the defaults are 5 failures, 30 s and 2 successes (B24)', () => {
  expect(defaultResilience.breaker).toEqual({ failures: 5, resetMs: 30_000, successes: 2 });
});

test.each<{ title: string; verdicts: Verdict[]; after: string }>([
  { title: 'one failure fewer than it takes', verdicts: [failed, failed, failed, failed], after: 'closed' },
  { title: 'as many failures as it takes', verdicts: [failed, failed, failed, failed, failed], after: 'open' },
  {
    title: 'failures with an answer between',
    verdicts: [failed, failed, failed, failed, 'answered', failed],
    after: 'closed',
  },
  {
    title: 'failures with something between that says nothing',
    verdicts: [failed, failed, 'unknown', failed, failed, 'unknown', failed],
    after: 'open',
  },
  { title: 'what says nothing, however often', verdicts: Array<Verdict>(50).fill('unknown'), after: 'closed' },
])('after $title it is $after (B24, B27)', ({ verdicts, after }) => {
  for (const verdict of verdicts) call(verdict);
  expect(state()).toBe(after);
});

test('open, it refuses until the reset time is over, and says how long that is (B24)', async () => {
  calls(failed, failures);
  expect(breaker.admit()).toBeNull();
  expect(breaker.retryAfterMs()).toBe(resetMs);
  await clock.advance(resetMs - 1);
  expect({ refused: breaker.admit(), retryAfterMs: breaker.retryAfterMs() }).toEqual({
    refused: null,
    retryAfterMs: 1,
  });
  await clock.advance(1);
  expect(breaker.refuses()).toBe(false);
  expect(state()).toBe('half_open');
});

test('half open, one probe runs at a time, and as many as it takes close it (B24)', async () => {
  await halfOpen();
  const states: string[] = [];
  for (let probe = 0; probe < successes; probe += 1) {
    const admission = admitted();
    expect(admission.probe).toBe(true);
    expect(breaker.admit()).toBeNull();
    admission.settle('answered');
    states.push(state());
  }
  expect(states).toEqual(['half_open', 'closed']);
  expect(admitted().probe).toBe(false);
});

test('a probe that fails opens it again for the whole reset time (B24)', async () => {
  await halfOpen();
  call('answered');
  call(failed);
  expect(state()).toBe('open');
  await clock.advance(resetMs - 1);
  expect(state()).toBe('open');
  await clock.advance(1);
  expect(state()).toBe('half_open');
  // The success before counts no more.
  call('answered');
  expect(state()).toBe('half_open');
});

test('a probe that says nothing gives the place free and decides nothing (B27)', async () => {
  await halfOpen();
  calls('unknown', 5);
  expect(state()).toBe('half_open');
  calls('answered', successes);
  expect(state()).toBe('closed');
});

test('successes of calls admitted before it opened do not close it (B25)', async () => {
  const early = [admitted(), admitted(), admitted(), admitted()];
  await halfOpen();
  for (const admission of early) admission.settle('answered');
  expect(state()).toBe('half_open');
  call('answered');
  expect(state()).toBe('half_open');
});

test('the end of a call admitted before it opened does not free the place of the probe (B26)', async () => {
  const early = [admitted(), admitted(), admitted()];
  await halfOpen();
  const probe = admitted();
  for (const [index, verdict] of (['answered', 'unknown', failed] as const).entries()) {
    early[index]?.settle(verdict);
    expect({ state: state(), next: breaker.admit() }).toEqual({ state: 'half_open', next: null });
  }
  probe.settle('answered');
  expect(breaker.admit()).not.toBeNull();
});

test('a probe of an earlier try has no say in a later one (B25, B26)', async () => {
  const early = admitted();
  await halfOpen();
  calls('answered', successes);
  calls(failed, failures - 1);
  early.settle(failed);
  expect(state()).toBe('closed');
});

test('it says since when and by what, and tells of every change once (B28)', async () => {
  const startedAt = clock.now();
  const at = (milliseconds: number) => new Date(startedAt + milliseconds).toISOString();
  for (let made = 0; made < failures; made += 1) {
    call({ failure: `failure ${made}` });
    await clock.advance(1_000);
  }
  const unavailableSince = at(0);
  expect(breaker.status()).toEqual({
    state: 'open',
    since: at(4_000),
    unavailableSince,
    lastFailure: { at: at(4_000), message: 'failure 4' },
  });
  await clock.advance(resetMs);
  call({ failure: 'still away' });
  expect(breaker.status()).toMatchObject({ unavailableSince, lastFailure: { message: 'still away' } });
  await clock.advance(resetMs);
  calls('answered', successes);
  expect(breaker.status()).toMatchObject({ unavailableSince: null, lastFailure: { message: 'still away' } });
  expect(changes.map((status) => status.state)).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
});

/** What the rules say, computed anew from everything that happened in the period of now. */
interface Model {
  state: 'closed' | 'open' | 'half_open';
  openedAt: number;
  period: number;
  verdicts: Verdict[];
}

type Action =
  | { readonly do: 'admit' }
  | { readonly do: 'settle'; readonly which: number; readonly verdict: Verdict }
  | { readonly do: 'advance'; readonly milliseconds: number };

const verdicts = fc.constantFrom<Verdict>('answered', 'answered', 'unknown', failed, failed, failed);
const actions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('admit' as const) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(), verdict: verdicts }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.integer({ min: 1, max: 90 }) }),
    },
  ),
  { maxLength: 200, size: 'max' },
);

const settings = fc.record({
  failures: fc.integer({ min: 1, max: 4 }),
  resetMs: fc.integer({ min: 1, max: 100 }),
  successes: fc.integer({ min: 1, max: 3 }),
});

test('whatever happens in whatever order, it does what the rules say (B24, B25, B26, B27)', async () => {
  await fc.assert(
    fc.asyncProperty(settings, actions, async (own, steps: readonly Action[]) => {
      const time = newManualClock(0);
      const real = createBreaker(own, time, () => undefined);
      const model: Model = { state: 'closed', openedAt: 0, period: 0, verdicts: [] };
      const running: { readonly admission: Admission; readonly period: number }[] = [];
      const become = (next: Model['state']): void => {
        Object.assign(model, { state: next, openedAt: time.now(), period: model.period + 1, verdicts: [] });
      };
      for (const step of steps) {
        if (step.do === 'advance') await time.advance(step.milliseconds);
        if (model.state === 'open' && time.now() >= model.openedAt + own.resetMs) become('half_open');
        if (step.do === 'admit') {
          const probing = running.some(({ period }) => period === model.period);
          const refused = model.state === 'open' || (model.state === 'half_open' && probing);
          const admission = real.admit();
          expect(admission === null).toBe(refused);
          if (admission !== null) running.push({ admission, period: model.period });
        }
        if (step.do === 'settle' && running.length > 0) {
          const [{ admission, period } = running[0] as never] = running.splice(step.which % running.length, 1);
          admission.settle(step.verdict);
          if (period === model.period) model.verdicts.push(step.verdict);
          const telling = model.verdicts.filter((verdict) => verdict !== 'unknown');
          const last = telling.slice(-own.failures);
          if (model.state === 'closed' && last.length === own.failures && last.every((one) => one === failed))
            become('open');
          else if (model.state === 'half_open' && telling.includes(failed)) become('open');
          else if (model.state === 'half_open' && telling.length >= own.successes) become('closed');
        }
        expect(real.status().state).toBe(model.state);
      }
    }),
    { numRuns: 200 },
  );
});
