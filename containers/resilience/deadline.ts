import type { Clock } from './clock';

/**
 * Runs something with a signal that is aborted when the caller's is or when the time is over, and rejects with `late`
 * then, whether what runs heeds the signal or not. What is still open after `run` has answered, such as a stream, is not
 * cut by the deadline.
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
