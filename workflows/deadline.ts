import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { failureOf, problemOf } from './failures';

/**
 * A deadline enforced by the workflow. Temporal's own would end the run without any clean-up. Work that exceeds it ends
 * as `deadline_exceeded`, never as cancelled, with its last error in the details.
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
