import { setTimeout as delay } from 'node:timers/promises';

const shortestMs = 25;
const longestMs = 100;

/**
 * Repeats a check until it passes, at growing intervals to spare the system under test. Rejects with the check's last
 * error on the timeout. Tests wait nowhere else.
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
