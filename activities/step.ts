import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { type Problem, problemOfError } from '../databases/errors';
import type { StepKind } from '../databases/steps';
import type { Store } from '../store/store';
import { isFinal } from './interceptor';
import type { TakeTurn } from './turns';
import type { StepTask } from './types';

type StepBody<Kind extends StepKind> = (task: StepTask<Kind>) => Promise<void>;

/**
 * Makes an activity of a step: it takes the database's turn, passes the fence right before the world is changed, and
 * leaves on the operation when it began, how often it was tried and how it ended.
 */
export function createStepRunner(store: Store, takeTurn: TakeTurn) {
  return function step<Kind extends StepKind>(body: StepBody<Kind>): (task: StepTask<Kind>) => Promise<void> {
    return (task) =>
      takeTurn(task.databaseId, `${task.operationId} ${task.planNumber}`, async () => {
        const { attempt } = activityInfo();
        await store.progress.startStep(task, attempt);
        try {
          await body(task);
        } catch (error) {
          const problem = stepProblemOf(error);
          await store.progress.endStep(task, isFinal(problem, attempt) ? 'failed' : 'waiting', problem);
          throw error;
        }
        await store.progress.endStep(task, 'succeeded', null);
      });
  };
}

function stepProblemOf(error: unknown): Problem {
  return error instanceof CancelledFailure
    ? { code: 'cancelled', message: 'the step was cancelled' }
    : problemOfError(error);
}
