import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { type ErrorDetails, isErrorCode, type Problem } from '../domain/errors';

/** The problem for a failure, by data that survives serialisation: the failure's type is our code. */
export function problemOf(error: unknown): Problem {
  if (isCancellation(error)) return { code: 'cancelled', message: 'the operation was cancelled' };
  if (error instanceof ActivityFailure) {
    if (error.cause instanceof TimeoutFailure) return timeoutProblem(error.activityType, error.cause);
    if (error.cause !== undefined) return problemOf(error.cause);
  }
  if (error instanceof ApplicationFailure && isErrorCode(error.type)) {
    const details = error.details?.[0] as ErrorDetails | undefined;
    return { code: error.type, message: error.message, ...(details === undefined ? {} : { details }) };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

function timeoutProblem(activityType: string, { timeoutType }: TimeoutFailure): Problem {
  return { code: 'backend_timeout', message: `${activityType} timed out (${String(timeoutType)})` };
}

/** Joins the problems of steps that ran together: the first, with the others in its details. */
export function joinProblems(problems: readonly [Problem, ...Problem[]]): Problem {
  const [first, ...others] = problems;
  return others.length === 0 ? first : { ...first, details: { ...first.details, others } };
}

/**
 * The failure that a workflow throws for a problem. Never a plain `Error`: that would fail the workflow task for ever.
 */
export function failureOf({ code, message, details }: Problem): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [details ?? {}] });
}
