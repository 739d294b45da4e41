import fc from 'fast-check';
import { awaitedUntilMs, type FailingCheck } from '../../../domain/notifications/gathering';

const minuteMs = 60_000;

/** A check each minute that fails since then, to be down after three failures. */
const failing = (firstFailedAtMs: number, changes: Partial<FailingCheck> = {}): FailingCheck => ({
  firstFailedAtMs,
  intervalMs: minuteMs,
  failureThreshold: 3,
  ...changes,
});

test.each<{ name: string; other: FailingCheck; until: number | null }>([
  { name: 'one that began to fail a moment later is waited for', other: failing(100), until: 2 * minuteMs + 1_100 },
  { name: 'so is one that did at the end of the interval', other: failing(minuteMs), until: 3 * minuteMs + 1_000 },
  {
    name: 'one that did just as the tolerance ended was down for itself',
    other: failing(minuteMs + 1_000),
    until: null,
  },
  {
    name: 'one that began to fail within the interval before is waited for',
    other: failing(-minuteMs, { failureThreshold: 2 }),
    until: 1_000,
  },
  {
    name: 'one that began just before the tolerance was down for itself',
    other: failing(-minuteMs - 1_000, { failureThreshold: 2 }),
    until: null,
  },
  { name: 'one that did later went down for itself', other: failing(minuteMs + 1_001), until: null },
  {
    name: 'and so did one that failed long before',
    other: failing(-minuteMs - 1_001, { failureThreshold: 9 }),
    until: null,
  },
  {
    name: 'one that would put the message off beyond what is promised is not waited for',
    other: failing(0, { failureThreshold: 4 }),
    until: null,
  },
  {
    name: 'nor one that is asked too rarely',
    other: failing(0, { intervalMs: 10 * minuteMs, failureThreshold: 2 }),
    until: null,
  },
  { name: 'one that is asked more often is decided sooner', other: failing(0, { intervalMs: 15_000 }), until: 31_000 },
])('$name', ({ other, until }) => {
  expect(awaitedUntilMs(failing(0), other)).toBe(until);
});

test('databases that are lost at one moment wait for each other, and no longer than is promised', () => {
  const settings = {
    intervalMs: fc.integer({ min: 2_000, max: 600_000 }),
    failureThreshold: fc.integer({ min: 2, max: 10 }),
  };
  // Lost at 0; each finds it out when its turn comes. Times are whole milliseconds, as the store's are.
  const losses = fc.record(settings).chain((one) => {
    const turn = fc.integer({ min: 0, max: one.intervalMs - 1 });
    return fc.tuple(fc.constant(one), turn, turn);
  });
  fc.assert(
    fc.property(losses, ([{ intervalMs, failureThreshold }, one, two]) => {
      const found = [one, two].sort((a, b) => a - b).map((at) => failing(at, { intervalMs, failureThreshold }));
      const [first, second] = found as [FailingCheck, FailingCheck];
      const until = awaitedUntilMs(first, second) ?? 0;
      expect(until).toBeGreaterThan(second.firstFailedAtMs + (failureThreshold - 1) * intervalMs);
      expect(until).toBeLessThanOrEqual(failureThreshold * intervalMs + 1_000);
    }),
  );
});
