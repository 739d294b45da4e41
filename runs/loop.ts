import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface LoopSettings {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
  readonly logger: Logger;
}

export interface Loop {
  /** Waits for a pass that is under way and starts no more; may be called twice. */
  stop(): Promise<void>;
}

/** Runs a pass, at once and then one interval after the last has ended. A pass that fails is logged and the next one comes. */
export function startLoop({ name, intervalMs, run, logger }: LoopSettings): Loop {
  const stopping = new AbortController();
  const ended = passes();

  async function passes(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await run();
      } catch (error) {
        logger.warn({ loop: name, err: error }, 'a pass failed; the next one tries again');
      }
      // A stop ends it early.
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
