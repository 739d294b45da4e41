import type { Problem } from '../../domain/errors';
import { isFinished } from '../../domain/states';
import { workflowIdOf } from '../../domain/temporal-names';
import type { OperationRecord, StepRecord } from '../../store/databases/records';

/** The Temporal Web UI, for links to runs. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

/** @param steps null in a list, which shows operations without steps */
export function operationView(operation: OperationRecord, steps: readonly StepRecord[] | null, ui: TemporalUi): object {
  const { id, kind, databaseId, databaseName, state, runId, requestedBy, requestId, traceId } = operation;
  const { error, warnings, retryOf } = operation;
  const workflowId = workflowIdOf(databaseId);
  return {
    id,
    kind,
    databaseId,
    databaseName,
    state,
    done: isFinished(state),
    workflowId,
    runId,
    temporalUrl: temporalUrl(ui, workflowId, runId),
    requestedBy,
    requestId,
    traceId,
    ...(steps === null ? {} : { steps: steps.map(stepView) }),
    waitingFor: waitingFor(operation, steps ?? []),
    error,
    warnings,
    retryOf,
    createdAt: operation.createdAt,
    startedAt: operation.startedAt,
    endedAt: operation.endedAt,
    cancelRequestedAt: operation.cancelRequestedAt,
  };
}

/** Why the operation is waiting: the error for which its observation of the hosts, or a step, is retried. */
function waitingFor({ state, waitingFor: look }: OperationRecord, steps: readonly StepRecord[]): Problem | null {
  if (isFinished(state)) return null;
  return look ?? steps.find((step) => step.state === 'running' && step.error !== null)?.error ?? null;
}

/** The first `plan` leads to the requested state; a later plan may roll it back. */
function stepView({
  planNumber,
  name,
  resource,
  hostId,
  phase,
  state,
  attempts,
  startedAt,
  endedAt,
  error,
  logTail,
}: StepRecord): object {
  const kept = logTail === null ? {} : { logTail };
  return { plan: planNumber, phase, name, resource, hostId, state, attempts, startedAt, endedAt, error, ...kept };
}

function temporalUrl({ url, namespace }: TemporalUi, workflowId: string, runId: string | null): string {
  const run = runId === null ? '' : `/${runId}/history`;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${run}`;
}
