import { setTimeout as delay } from 'node:timers/promises';

const shortestMs = 25;
const longestMs = 100;

/**
 * Repeats a check until it holds, less often the longer that takes: what is asked is busy, too. Rejects with its last error
 * when the time is over. The one place that waits.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let intervalMs = shortestMs; ; intervalMs = Math.min(intervalMs * 1.25, longestMs)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(intervalMs);
  }
}
