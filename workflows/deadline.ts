import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { failureOf, problemOf } from './failures';

/** The deadline of a part of a run. */
export interface Deadline {
  /** Runs work whose time does not count, up to a limit. */
  pauseDuring<Result>(limitMs: number, run: () => Promise<Result>): Promise<Result>;
}

/**
 * A deadline enforced by the workflow. Temporal's own would end the run without any clean-up. Work that exceeds it ends
 * as `deadline_exceeded`, never as cancelled, with its last error in the details.
 */
export async function withDeadline(milliseconds: number, run: (deadline: Deadline) => Promise<void>): Promise<void> {
  const outer = CancellationScope.current();
  const inner = new CancellationScope();
  const pauses = createPauses();
  try {
    await inner.run(async () => {
      const timer = new CancellationScope();
      // A timer that is cancelled, because the work has ended, has nothing more to do.
      timer
        .run(() => expire(milliseconds, pauses))
        .then(
          () => inner.cancel(),
          () => undefined,
        );
      try {
        await run(pauses);
      } finally {
        timer.cancel();
      }
    });
  } catch (error) {
    if (!inner.consideredCancelled || outer.consideredCancelled) throw error;
    throw failureOf({
      code: 'deadline_exceeded',
      message: `not finished within ${milliseconds / 1000} s`,
      ...(isCancellation(error) ? {} : { details: { last: problemOf(error) } }),
    });
  }
}

/** Resolves once so much time has passed, without the pauses. Without a pause it is one timer, as in earlier runs. */
async function expire(milliseconds: number, pauses: Pauses): Promise<void> {
  const began = Date.now();
  for (let leftMs = milliseconds; leftMs > 0; leftMs = began + milliseconds + pauses.totalMs() - Date.now()) {
    await sleep(leftMs);
    const pauseMs = pauses.leftMs();
    if (pauseMs > 0) await condition(() => pauses.leftMs() === 0, pauseMs);
  }
}

interface Pauses extends Deadline {
  /** How long the current pause may still last; 0 if there is none. */
  leftMs(): number;
  /** The time of all pauses so far; pauses at the same time count once. */
  totalMs(): number;
}

function createPauses(): Pauses {
  let open = 0;
  let [since, until, endedMs] = [0, 0, 0];
  const currentMs = () => (open === 0 ? 0 : Math.min(Date.now(), until) - since);
  return {
    async pauseDuring(limitMs, run) {
      if (open === 0) since = until = Date.now();
      until = Math.max(until, Date.now() + limitMs);
      open += 1;
      try {
        return await run();
      } finally {
        if (open === 1) endedMs += currentMs();
        open -= 1;
      }
    },
    leftMs: () => (open === 0 ? 0 : Math.max(0, until - Date.now())),
    totalMs: () => endedMs + currentMs(),
  };
}
