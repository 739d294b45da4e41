import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 25;

/** Repeats a check until it holds; rejects with its last error when the time is over. The one place that waits. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 30_000): Promise<T> {
  for (const deadline = performance.now() + timeoutMs; ; ) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(intervalMs);
  }
}
