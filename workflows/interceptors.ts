import { defaultPayloadConverter } from '@temporalio/common';
import { type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';
import { originHeader } from '../domain/temporal-names';

/** The ids of a run's operation, request and trace, from the memo with which it was started. */
function originOf(): Record<string, unknown> {
  const { operationId, requestId, traceId } = workflowInfo().memo ?? {};
  return { operationId, requestId, ...(traceId === undefined ? {} : { traceId }) };
}

/**
 * Adds the ids of operation, request and trace to every log line of a run, and passes them to its activities. This
 * changes no command, so runs that began without it continue.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      getLogAttributes: (input, next) => ({ ...next(input), ...originOf() }),
      scheduleActivity: (input, next) => {
        const origin = defaultPayloadConverter.toPayload(originOf());
        return next({ ...input, headers: { ...input.headers, [originHeader]: origin } });
      },
    },
  ],
});
