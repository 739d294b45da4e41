import { setTimeout as delay } from 'node:timers/promises';

/** The results of runs at a steady rate. */
export interface Paced {
  /** In milliseconds, of successful runs. */
  readonly times: readonly number[];
  readonly errors: readonly unknown[];
  /** Maximum delay of a start, in milliseconds; a large one means that the rate was not kept. */
  readonly mostLateMs: number;
}

/** Starts runs at a steady rate without waiting for earlier ones, so that a slow server does not get fewer requests. */
export async function openLoop(perSecond: number, seconds: number, run: () => Promise<unknown>): Promise<Paced> {
  const times: number[] = [];
  const errors: unknown[] = [];
  const runs: Promise<void>[] = [];
  const startedAt = performance.now();
  let mostLateMs = 0;
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueAt = startedAt + (index * 1000) / perSecond;
    if (dueAt > performance.now()) await delay(dueAt - performance.now());
    const begunAt = performance.now();
    mostLateMs = Math.max(mostLateMs, begunAt - dueAt);
    runs.push(
      run().then(
        () => void times.push(performance.now() - begunAt),
        (error: unknown) => void errors.push(error),
      ),
    );
  }
  await Promise.all(runs);
  return { times, errors, mostLateMs };
}
