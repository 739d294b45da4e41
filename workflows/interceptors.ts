import { defaultPayloadConverter } from '@temporalio/common';
import { type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';
import { originHeader } from '../domain/temporal-names';

/** Which operation, request and trace a run is about, as whoever started it wrote it into the memo. */
function originOf(): Record<string, unknown> {
  const { operationId, requestId, traceId } = workflowInfo().memo ?? {};
  return { operationId, requestId, ...(traceId === undefined ? {} : { traceId }) };
}

/**
 * Puts operation, request and trace into every log line of a run, and tells them to its activities. No command of a run
 * is another one for that: runs that began without it go on.
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
