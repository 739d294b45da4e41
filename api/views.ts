import { workflowIdOf } from '../databases/runs';
import { currentStatus, isFinished } from '../databases/states';
import type { DatabaseRecord, InstanceRecord, OperationRecord, StepRecord } from '../store/records';

/** Where the Temporal Web UI is, for links to runs. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

export function databaseView(database: DatabaseRecord, now: Date): object {
  const { id, name, description, labels, spec, state, error, instances, createdAt, updatedAt } = database;
  const { version, size, parameters } = spec;
  return {
    id,
    name,
    description,
    labels,
    version,
    size,
    parameters,
    state,
    error,
    instances: instances.map((instance) => instanceView(instance, now)),
    createdAt,
    updatedAt,
  };
}

function instanceView(
  { id, name, role, state, hostId, hostAddress, hostPort, error, status }: InstanceRecord,
  now: Date,
): object {
  return {
    id,
    name,
    role,
    state,
    error,
    status: currentStatus(status, now),
    observedAt: status?.observedAt ?? null,
    hostId,
    address: { host: hostAddress, port: hostPort },
  };
}

/** @param steps null in a list, where an operation is shown without them */
export function operationView(operation: OperationRecord, steps: readonly StepRecord[] | null, ui: TemporalUi): object {
  const { id, kind, databaseId, databaseName, state, runId, requestedBy, requestId, error, warnings, retryOf } =
    operation;
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
    ...(steps === null ? {} : { steps: steps.map(stepView) }),
    error,
    warnings,
    retryOf,
    createdAt: operation.createdAt,
    startedAt: operation.startedAt,
    endedAt: operation.endedAt,
    cancelRequestedAt: operation.cancelRequestedAt,
  };
}

/** `plan`: the first leads to what was asked, a later one back. */
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
}: StepRecord): object {
  return { plan: planNumber, phase, name, resource, hostId, state, attempts, startedAt, endedAt, error };
}

function temporalUrl({ url, namespace }: TemporalUi, workflowId: string, runId: string | null): string {
  const run = runId === null ? '' : `/${runId}/history`;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${run}`;
}
