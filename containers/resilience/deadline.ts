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
  late: () => Error,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const isOver = new Promise<never>((_resolve, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason as Error), { once: true });
  });
  const cancelTimer = clock.after(timeoutMs, () => over.abort(late()));
  try {
    const signal = caller === undefined ? over.signal : AbortSignal.any([caller, over.signal]);
    return await Promise.race([run(signal), isOver]);
  } finally {
    cancelTimer();
  }
}
