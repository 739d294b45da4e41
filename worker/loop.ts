import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface LoopSettings {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
  readonly logger: Logger;
}

export interface Loop {
  /** Lets the next pass begin this soon, in milliseconds, unless it is due before; during a pass, after that has ended. */
  wake(afterMs: number): void;
  /** Waits for a pass that is under way and starts no more; may be called twice. */
  stop(): Promise<void>;
}

/** Runs a pass, at once and then one interval after the last has ended. A pass that fails is logged and the next one comes. */
export function startLoop({ name, intervalMs, run, logger }: LoopSettings): Loop {
  let isStopping = false;
  let dueAt = performance.now();
  // One for every wait: signals that are derived from a long-lived one would gather there.
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
      // A stop ends it early, and so does a wake, after which there is less to wait for.
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
