import type { Clock } from './clock';
import type { BulkheadSettings } from './settings';
import type { BulkheadLoad } from './status';

/** Frees the slot; a second call does nothing. */
export type Leave = () => void;

export type Bulkhead = ReturnType<typeof createBulkhead>;

/**
 * Limits concurrent calls, so that one busy host does not occupy a whole worker. The rest wait for a bounded time,
 * first come, first served: a call that leaves hands its slot to the longest waiter.
 *
 * @param busy the error of a waiter whose time is over
 */
export function createBulkhead(
  { maxCalls, waitMs }: BulkheadSettings,
  clock: Clock,
  busy: (load: BulkheadLoad) => Error,
) {
  let running = 0;
  /** In order of arrival; each call admits its waiter. */
  const waiters = new Set<() => void>();

  function load(): BulkheadLoad {
    return { running, waiting: waiters.size, most: maxCalls };
  }

  async function turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        waiters.delete(letIn);
        cancelTimer();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const letIn = (): void => end(resolve);
      const abort = (): void => end(() => reject(signal?.reason as Error));
      const cancelTimer = clock.after(waitMs, () => {
        const error = busy(load());
        end(() => reject(error));
      });
      waiters.add(letIn);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  function leaveOnce(): Leave {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const [next] = waiters;
      if (next === undefined) running -= 1;
      else next();
    };
  }

  return {
    load,

    /**
     * Takes a slot, which the caller must free. Rejects with the signal's reason when it is aborted, and with `busy`
     * when no slot is free in time.
     */
    async enter(signal?: AbortSignal): Promise<Leave> {
      signal?.throwIfAborted();
      if (running < maxCalls) running += 1;
      else await turn(signal);
      return leaveOnce();
    },
  };
}
