import type { Clock } from './clock';
import type { BulkheadSettings } from './settings';
import type { BulkheadLoad } from './status';

/** Gives a slot back; a second time does nothing. */
export type Leave = () => void;

export type Bulkhead = ReturnType<typeof createBulkhead>;

/**
 * Lets so many in at once and the others wait, first come, first served, for a bounded time: one busy host does not take
 * all of a worker. There is nobody waiting while a slot is free: who leaves hands the slot to who waits longest.
 *
 * @param busy what a waiter gets whose time is over
 */
export function createBulkhead(
  { maxCalls, waitMs }: BulkheadSettings,
  clock: Clock,
  busy: (load: BulkheadLoad) => Error,
) {
  let running = 0;
  /** In the order in which they came; each lets its waiter in. */
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
     * Takes a slot, which must be given back. Rejects with the signal's reason when that is aborted meanwhile, and with
     * `busy` when there was no room in time.
     */
    async enter(signal?: AbortSignal): Promise<Leave> {
      signal?.throwIfAborted();
      if (running < maxCalls) running += 1;
      else await turn(signal);
      return leaveOnce();
    },
  };
}
