import { heartbeat, type Info } from '@temporalio/activity';
import { errorTable, type Problem } from '../domain/errors';

/** Maximum attempts of a step whose error may be transient or our own fault. */
export const boundedAttempts = 5;

/**
 * How many earlier attempts ended with an error of bounded retry. Temporal's own count includes attempts that met an
 * unavailable host or part; ours is carried from attempt to attempt in the heartbeat's details.
 */
export function boundedFailuresBefore({ heartbeatDetails }: Pick<Info, 'heartbeatDetails'>): number {
  return typeof heartbeatDetails === 'number' ? heartbeatDetails : 0;
}

/** The same count after an attempt that ended with this problem. */
export function boundedFailuresAfter({ code }: Problem, failuresBefore: number): number {
  return errorTable[code].retry === 'bounded' ? failuresBefore + 1 : failuresBefore;
}

/** Whether an attempt that ended with this problem is the last. */
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

/** Sends a heartbeat that carries the count. */
export function showLife(info: Pick<Info, 'heartbeatDetails'>): void {
  heartbeat(boundedFailuresBefore(info));
}

/** The problem that an operation shows until the next attempt: it waits for an unavailable or busy host. */
export function waitingProblem(problem: Problem): Problem {
  const isRefusal = problem.details?.retryAfterSeconds !== undefined;
  return isRefusal ? { ...problem, message: `waiting: ${problem.message}` } : problem;
}
