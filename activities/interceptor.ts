import { type Context, log } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter, type Headers, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { type Problem, problemOfError } from '../domain/errors';
import { originHeader } from '../domain/temporal-names';
import { boundedFailuresAfter, boundedFailuresBefore, isFinal } from './attempts';

/** How many heartbeats fall into an activity's heartbeat timeout. */
const heartbeatsPerTimeout = 4;

const defaultHeartbeatTimeoutMs = 4_000;

/**
 * Stands around every activity: shows life while it runs, so that a killed worker is missed and a cancel arrives, and
 * turns what it throws into a failure that carries our code as its type, the error table's word on retrying, and the
 * error's own on when. Its log lines name operation, request and trace.
 */
export function createInterceptor(context: Context): ActivityInterceptors {
  let origin: Record<string, unknown> = {};
  return {
    outbound: { getLogAttributes: (input, next) => ({ ...next(input), ...origin }) },
    inbound: {
      async execute(input, next) {
        const { info } = context;
        origin = originOf(input.headers);
        const failuresBefore = boundedFailuresBefore(info);
        const timeoutMs = info.heartbeatTimeoutMs ?? defaultHeartbeatTimeoutMs;
        const heart = setInterval(() => context.heartbeat(failuresBefore), timeoutMs / heartbeatsPerTimeout);
        try {
          return await next(input);
        } catch (error) {
          // A cancellation, or a failure that is translated already.
          if (error instanceof TemporalFailure) throw error;
          const problem = problemOfError(error);
          context.heartbeat(boundedFailuresAfter(problem, failuresBefore));
          const nonRetryable = isFinal(problem, failuresBefore);
          log.warn('activity failed', { code: problem.code, attempt: info.attempt, nonRetryable, error });
          throw failureOf(problem, nonRetryable);
        } finally {
          clearInterval(heart);
        }
      },
    },
  };
}

/** Nothing for a run that began before there was such a header. */
function originOf({ [originHeader]: payload }: Headers): Record<string, unknown> {
  return payload === undefined ? {} : defaultPayloadConverter.fromPayload(payload);
}

function failureOf({ code, message, details = {} }: Problem, nonRetryable: boolean): ApplicationFailure {
  const { retryAfterSeconds } = details;
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable,
    details: [details],
    // Before that the host would only refuse again.
    ...(typeof retryAfterSeconds === 'number' ? { nextRetryDelay: retryAfterSeconds * 1000 } : {}),
  });
}
