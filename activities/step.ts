import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { type Problem, problemOfError } from '../domain/errors';
import type { StepKind } from '../domain/planning/steps';
import type { Store } from '../store/store';
import { boundedFailuresBefore, isFinal, waitingProblem } from './attempts';
import type { TakeTurn } from './turns';
import type { StepResult, StepTask } from './types';

type StepBody<Kind extends StepKind> = (task: StepTask<Kind>) => Promise<void>;

/**
 * Turns a step into an activity: it takes the database's turn, passes the fence right before it changes the world, and
 * records start, attempts and outcome on the operation. A step that waits for an engine's recovery ends, and is called
 * again: only the workflow can move the operation's deadline.
 */
export function createStepRunner(store: Store, takeTurn: TakeTurn) {
  return function step<Kind extends StepKind>(body: StepBody<Kind>): (task: StepTask<Kind>) => Promise<StepResult> {
    return (task) =>
      takeTurn(task.databaseId, `${task.operationId} ${task.planNumber}`, async () => {
        const info = activityInfo();
        await store.steps.start(task, info.attempt);
        try {
          await body(task);
        } catch (error) {
          const problem = stepProblemOf(error);
          if (isFinal(problem, boundedFailuresBefore(info))) await store.steps.end(task, 'failed', problem);
          else await store.steps.end(task, 'waiting', waitingProblem(problem));
          if (problem.code === 'recovering' && task.recoveringSeconds !== undefined) return { again: problem };
          throw error;
        }
        await store.steps.end(task, 'succeeded', null);
        return undefined;
      });
  };
}

function stepProblemOf(error: unknown): Problem {
  return error instanceof CancelledFailure
    ? { code: 'cancelled', message: 'the step was cancelled' }
    : problemOfError(error);
}
