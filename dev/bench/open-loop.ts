import { setTimeout as delay } from 'node:timers/promises';

/** What came of many runs. */
export interface Paced {
  /** In milliseconds, of those that went well. */
  readonly times: readonly number[];
  readonly errors: readonly unknown[];
  /** How much later than planned a run was begun at most, in milliseconds: the pace was not kept where it is much. */
  readonly mostLateMs: number;
}

/** Begins runs at a steady rate, whether earlier ones have ended or not, so that who is slow is not asked less. */
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
