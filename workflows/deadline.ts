import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { failureOf, problemOf } from './failures';

/**
 * A deadline kept by the workflow and not by Temporal, which would end the run with nothing cleaned up. What is cut off
 * by it ends as `deadline_exceeded`, with what it failed by last in the details, and never as cancelled.
 */
export async function withDeadline(milliseconds: number, run: () => Promise<void>): Promise<void> {
  const outer = CancellationScope.current();
  let inner: CancellationScope | undefined;
  try {
    await CancellationScope.withTimeout(milliseconds, async () => {
      inner = CancellationScope.current();
      await run();
    });
  } catch (error) {
    if (inner?.consideredCancelled !== true || outer.consideredCancelled) throw error;
    throw failureOf({
      code: 'deadline_exceeded',
      message: `not finished within ${milliseconds / 1000} s`,
      ...(isCancellation(error) ? {} : { details: { last: problemOf(error) } }),
    });
  }
}
