import { type Context, log } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter, type Headers, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { type Problem, problemOfError } from '../domain/errors';
import { originHeader } from '../domain/temporal-names';
import { boundedFailuresAfter, boundedFailuresBefore, isFinal } from './attempts';

/** Heartbeats per heartbeat timeout. */
const heartbeatsPerTimeout = 4;

const defaultHeartbeatTimeoutMs = 4_000;

/**
 * Wraps every activity: sends heartbeats, so that a killed worker is noticed and a cancel arrives, and turns errors
 * into failures with our code as type, retried as the error table says and no sooner than the error asks. Log lines
 * name operation, request and trace.
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
          // A cancellation, or a failure that was translated already.
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

/** Empty for a run that started before the header existed. */
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
    // Any earlier, the host would only refuse again.
    ...(typeof retryAfterSeconds === 'number' ? { nextRetryDelay: retryAfterSeconds * 1000 } : {}),
  });
}
