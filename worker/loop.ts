import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface LoopSettings {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
  readonly logger: Logger;
}

export interface Loop {
  /** Starts the next pass in this many milliseconds, unless it is due earlier; during a pass, after that has ended. */
  wake(afterMs: number): void;
  /** Waits for a running pass and starts no more; may be called twice. */
  stop(): Promise<void>;
}

/** Runs a pass now, and again an interval after each has ended. A failed pass is logged, and does not end the loop. */
export function startLoop({ name, intervalMs, run, logger }: LoopSettings): Loop {
  let isStopping = false;
  let dueAt = performance.now();
  // One for every wait: signals derived from a long-lived one would accumulate there.
  let waiting = new AbortController();
  const ended = passes();

  async function passes(): Promise<void> {
    while (!isStopping) {
      dueAt = Number.POSITIVE_INFINITY;
      try {
        await run();
      } catch (error) {
        logger.warn({ loop: name, err: error }, 'a pass failed; will retry');
      }
      wake(intervalMs);
      await untilDue();
    }
  }

  async function untilDue(): Promise<void> {
    for (;;) {
      const waitMs = dueAt - performance.now();
      if (isStopping || waitMs <= 0) return;
      waiting = new AbortController();
      // A stop ends the wait early, and so does a wake, which leaves a shorter one.
      await delay(waitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    }
  }

  function wake(afterMs: number): void {
    const at = performance.now() + afterMs;
    if (at >= dueAt) return;
    dueAt = at;
    waiting.abort();
  }

  return {
    wake,
    async stop() {
      isStopping = true;
      waiting.abort();
      await ended;
    },
  };
}
