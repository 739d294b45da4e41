import { type Context, log } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { errorTable, type Problem, problemOfError } from '../databases/errors';

/** How often a step is tried whose error may pass or may be ours. */
export const boundedAttempts = 5;

/** How many heartbeats fall into an activity's heartbeat timeout. */
const heartbeatsPerTimeout = 4;

const defaultHeartbeatTimeoutMs = 4_000;

/** Whether no further attempt will be made after this one. */
export function isFinal({ code }: Problem, attempt: number): boolean {
  switch (errorTable[code].retry) {
    case 'never':
      return true;
    case 'bounded':
      return attempt >= boundedAttempts;
    case 'always':
      return false;
  }
}

/**
 * Stands around every activity: shows life while it runs, so that a killed worker is missed and a cancel arrives, and
 * turns what it throws into a failure that carries our code as its type and the error table's word on retrying.
 */
export function createInterceptor(context: Context): { inbound: ActivityInboundCallsInterceptor } {
  return {
    inbound: {
      async execute(input, next) {
        const timeoutMs = context.info.heartbeatTimeoutMs ?? defaultHeartbeatTimeoutMs;
        const heart = setInterval(() => context.heartbeat(), timeoutMs / heartbeatsPerTimeout);
        try {
          return await next(input);
        } catch (error) {
          throw translated(error, context.info.attempt);
        } finally {
          clearInterval(heart);
        }
      },
    },
  };
}

function translated(error: unknown, attempt: number): unknown {
  // A cancellation, or a failure that is translated already.
  if (error instanceof TemporalFailure) return error;
  const problem = problemOfError(error);
  const nonRetryable = isFinal(problem, attempt);
  log.warn('activity failed', { code: problem.code, attempt, nonRetryable, error });
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable,
    details: [problem.details ?? {}],
  });
}
