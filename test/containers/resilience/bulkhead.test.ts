import fc from 'fast-check';
import { type Bulkhead, createBulkhead, type Leave } from '../../../containers/resilience/bulkhead';
import { defaultResilience } from '../../../containers/resilience/settings';
import { type ManualClock, newManualClock, settled } from '../../support/manual-clock';

const busy = new Error('busy');
const settings = { maxCalls: 2, waitMs: 1_000 };

let clock: ManualClock;
let bulkhead: Bulkhead;
beforeEach(() => {
  clock = newManualClock();
  bulkhead = createBulkhead(settings, clock, () => busy);
});

/** Who has come in, and how those ended who have not. */
function arrivals(own: Bulkhead) {
  const entered: { readonly name: number; readonly leave: Leave }[] = [];
  const refused: { readonly name: number; readonly error: unknown }[] = [];
  return {
    entered,
    refused,
    async come(name: number, signal?: AbortSignal): Promise<void> {
      own.enter(signal).then(
        (leave) => entered.push({ name, leave }),
        (error: unknown) => refused.push({ name, error }),
      );
      await settled();
    },
  };
}

test('the defaults are 20 calls and 10 s (B30)', () => {
  expect(defaultResilience.bulkhead).toEqual({ maxCalls: 20, waitMs: 10_000 });
});

test('so many are let in at once, and the others in the order in which they came (B30)', async () => {
  const { come, entered } = arrivals(bulkhead);
  for (const name of [1, 2, 3, 4, 5]) await come(name);
  const names: number[][] = [];
  while (entered.length > 0) {
    names.push(entered.map(({ name }) => name));
    entered.shift()?.leave();
    await settled();
  }
  expect(names).toEqual([[1, 2], [2, 3], [3, 4], [4, 5], [5]]);
  expect(bulkhead.load()).toEqual({ running: 0, waiting: 0, most: 2 });
});

test('who waits too long is told that it is busy, and no slot is lost (B30, B32)', async () => {
  const { come, entered, refused } = arrivals(bulkhead);
  for (const name of [1, 2, 3]) await come(name);
  await clock.advance(settings.waitMs - 1);
  expect(refused).toEqual([]);
  await clock.advance(1);
  expect(refused).toEqual([{ name: 3, error: busy }]);
  for (const { leave } of entered.splice(0)) leave();
  for (const name of [4, 5]) await come(name);
  expect(entered.map(({ name }) => name)).toEqual([4, 5]);
});

test('who is cancelled while waiting gets the reason of the cancel, and the next one the slot (B31)', async () => {
  const { come, entered, refused } = arrivals(bulkhead);
  const caller = new AbortController();
  const reason = new Error('the caller has gone');
  for (const name of [1, 2]) await come(name);
  await come(3, caller.signal);
  await come(4);
  caller.abort(reason);
  await settled();
  expect(refused).toEqual([{ name: 3, error: reason }]);
  entered[0]?.leave();
  await settled();
  expect(entered.map(({ name }) => name)).toEqual([1, 2, 4]);
  // Its time is over too, and nothing more comes of it.
  await clock.advance(settings.waitMs);
  expect(refused).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('who has been cancelled before it came is told so, and takes no slot (B31)', async () => {
  const { come, refused } = arrivals(bulkhead);
  const reason = new Error('gone before');
  await come(1, AbortSignal.abort(reason));
  expect(refused).toEqual([{ name: 1, error: reason }]);
  expect(bulkhead.load().running).toBe(0);
});

test('a slot that is given back twice is given back once (B35)', async () => {
  const { come, entered } = arrivals(bulkhead);
  for (const name of [1, 2, 3]) await come(name);
  const [first] = entered;
  first?.leave();
  first?.leave();
  await settled();
  expect(bulkhead.load()).toMatchObject({ running: 2, waiting: 0 });
});

const actions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.integer({ min: 1, max: 60 }) }),
    },
  ),
  { maxLength: 60, size: 'max' },
);

test('whatever happens: bounded, in order, nobody waits too long, full capacity after (B30, B31, B32, B35)', async () => {
  const anyOf = <T>(items: readonly T[], which: number): T | undefined => items[which % Math.max(1, items.length)];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), actions, async (most, steps) => {
      const time = newManualClock(0);
      const own = createBulkhead({ maxCalls: most, waitMs: 100 }, time, () => busy);
      const { come, entered, refused } = arrivals(own);
      const callers: AbortController[] = [];
      /** Who should be in and who should wait, by the rules. */
      const inside: number[] = [];
      let queue: { readonly name: number; readonly until: number }[] = [];
      const letIn = (): void => {
        while (inside.length < most && queue.length > 0) inside.push(queue.shift()?.name ?? -1);
      };
      const expired: number[] = [];
      const cancelled: number[] = [];
      for (const step of steps) {
        if (step.do === 'come') {
          const caller = new AbortController();
          const name = callers.push(caller) - 1;
          queue.push({ name, until: time.now() + 100 });
          letIn();
          await come(name, caller.signal);
        } else if (step.do === 'leave') {
          const leaving = anyOf(entered, step.which);
          if (leaving === undefined) continue;
          entered.splice(entered.indexOf(leaving), 1);
          inside.splice(inside.indexOf(leaving.name), 1);
          leaving.leave();
          letIn();
        } else if (step.do === 'cancel') {
          const name = anyOf(queue, step.which)?.name;
          if (name === undefined) continue;
          queue = queue.filter((waiter) => waiter.name !== name);
          cancelled.push(name);
          callers[name]?.abort(new Error(`cancelled ${name}`));
        } else {
          await time.advance(step.milliseconds);
          expired.push(...queue.filter(({ until }) => until <= time.now()).map(({ name }) => name));
          queue = queue.filter(({ until }) => until > time.now());
        }
        await settled();
        expect(entered.map(({ name }) => name)).toEqual(inside);
        expect(own.load()).toEqual({ running: inside.length, waiting: queue.length, most });
        expect(refused.filter(({ error }) => error === busy).map(({ name }) => name)).toEqual(expired);
        expect(refused.filter(({ error }) => error !== busy)).toEqual(
          cancelled.map((name) => ({ name, error: new Error(`cancelled ${name}`) })),
        );
      }
      while (entered.length > 0) {
        entered.shift()?.leave();
        await settled();
      }
      expect(own.load()).toEqual({ running: 0, waiting: 0, most });
      expect(time.pending).toBe(0);
    }),
    { numRuns: 100 },
  );
});
