import { heartbeat, type Info } from '@temporalio/activity';
import { errorTable, type Problem } from '../domain/errors';

/** How often a step is tried whose error may pass or may be ours. */
export const boundedAttempts = 5;

/**
 * How many attempts before this one ended by an error that is tried a bounded number of times. Temporal's own count has
 * those in it that only met a host or a part that was away; ours goes from one attempt to the next as the details of
 * the heartbeat.
 */
export function boundedFailuresBefore({ heartbeatDetails }: Pick<Info, 'heartbeatDetails'>): number {
  return typeof heartbeatDetails === 'number' ? heartbeatDetails : 0;
}

/** The same after an attempt that ended by this problem. */
export function boundedFailuresAfter({ code }: Problem, failuresBefore: number): number {
  return errorTable[code].retry === 'bounded' ? failuresBefore + 1 : failuresBefore;
}

/** Whether no further attempt will be made after one that ended by this problem. */
export function isFinal(problem: Problem, failuresBefore: number): boolean {
  switch (errorTable[problem.code].retry) {
    case 'never':
      return true;
    case 'bounded':
      return boundedFailuresAfter(problem, failuresBefore) >= boundedAttempts;
    case 'always':
      return false;
  }
}

/** Shows that an activity is alive, and keeps the count. */
export function showLife(info: Pick<Info, 'heartbeatDetails'>): void {
  heartbeat(boundedFailuresBefore(info));
}

/** What an operation shows while it waits for the next attempt: a host that is away or busy is what it waits for. */
export function waitingProblem(problem: Problem): Problem {
  const isRefusal = problem.details?.retryAfterSeconds !== undefined;
  return isRefusal ? { ...problem, message: `waiting: ${problem.message}` } : problem;
}
