import { activityInfo } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { DatabaseError, type Problem, problemOfError } from '../databases/errors';
import type { StepKind } from '../databases/steps';
import type { DatabaseRecord } from '../store/records';
import type { Store } from '../store/store';
import { isFinal } from './interceptor';
import { createTurns } from './turns';
import type { StepTask } from './types';

type StepBody<Kind extends StepKind> = (task: StepTask<Kind>, database: DatabaseRecord) => Promise<void>;

/**
 * Makes an activity of a step: it takes the database's turn, passes the fence right before the world is changed, and
 * leaves on the operation when it began, how often it was tried and how it ended.
 */
export function createStepRunner(store: Store) {
  const takeTurn = createTurns();

  return function step<Kind extends StepKind>(body: StepBody<Kind>): (task: StepTask<Kind>) => Promise<void> {
    return (task) =>
      takeTurn(task.databaseId, task.operationId, async () => {
        const { database } = await store.progress.read(task.operationId);
        if (database === null) throw new DatabaseError('superseded', `database ${task.databaseId} is gone`);
        const { attempt } = activityInfo();
        await store.progress.startStep(task, attempt);
        try {
          await body(task, database);
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
