import type { Clock } from './clock';

/**
 * Runs a call with a signal that is aborted with the caller's signal or when the time is over. Rejects with
 * `timeoutError` then, whether or not `run` heeds the signal. A stream that `run` has returned is not affected.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  caller: AbortSignal | undefined,
  timeoutError: () => Error,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const expired = new Promise<never>((_resolve, reject) => {
    deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason as Error), { once: true });
  });
  const cancelTimer = clock.after(timeoutMs, () => deadline.abort(timeoutError()));
  try {
    const signal = caller === undefined ? deadline.signal : AbortSignal.any([caller, deadline.signal]);
    return await Promise.race([run(signal), expired]);
  } finally {
    cancelTimer();
  }
}
