import type { Clock } from '../../containers/resilience/clock';

/** A clock that the test advances, so that tests need not wait. */
export interface ManualClock extends Clock {
  /** Advances the time and runs the timers that become due, in order; lets pending promises settle after each. */
  advance(milliseconds: number): Promise<void>;
  /** The number of timers set. */
  readonly pending: number;
}

export function newManualClock(startAt = Date.parse('2026-11-21T12:00:00Z')): ManualClock {
  let now = startAt;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();

  function nextUntil(end: number) {
    const due = [...timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (let timer = nextUntil(end); timer !== undefined; timer = nextUntil(end)) {
        timers.delete(timer);
        now = timer.at;
        timer.run();
        await settled();
      }
      now = end;
      await settled();
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets pending promises settle. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
