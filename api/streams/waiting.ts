import type { Logger } from 'pino';
import { createPolling } from './polling';

export interface WaitingSettings {
  /** The operations among these that are finished. */
  readonly finishedAmong: (ids: readonly string[]) => Promise<string[]>;
  readonly intervalMs: number;
  readonly logger: Logger;
}

export type Waiting = ReturnType<typeof createWaiting>;

/** Waits for operations to finish, with one query per interval however many callers wait. */
export function createWaiting({ finishedAmong, intervalMs, logger }: WaitingSettings) {
  const waiters = new Map<string, Set<() => void>>();
  let isOver = false;

  const lookLater = createPolling({
    what: 'finished operations',
    intervalMs,
    isWanted: () => waiters.size > 0,
    async look() {
      for (const id of await finishedAmong([...waiters.keys()])) release(id);
    },
    logger,
  });

  function release(id: string): void {
    for (const resolve of waiters.get(id) ?? []) resolve();
  }

  return {
    /** Resolves when the operation is finished, on the timeout, or when the signal is aborted; never rejects. */
    async untilFinished(id: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
      if (signal.aborted || isOver) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiters.get(id)?.delete(end);
          if (waiters.get(id)?.size === 0) waiters.delete(id);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        signal.addEventListener('abort', end);
        waiters.set(id, (waiters.get(id) ?? new Set()).add(end));
        lookLater();
      });
    },

    /** Ends every current and future wait at once; callers then respond with the current state. */
    releaseAll(): void {
      isOver = true;
      for (const id of [...waiters.keys()]) release(id);
    },
  };
}
