import type { Problem } from '../../domain/errors';
import { sidecarRoles } from '../../domain/sidecars';
import { currentStatus, isFinished } from '../../domain/states';
import { workflowIdOf } from '../../domain/temporal-names';
import type {
  DatabaseRecord,
  InstanceRecord,
  OperationRecord,
  StatusRecord,
  StepRecord,
} from '../../store/databases/records';
import type { CheckRecord, CheckResult, HealthSummary } from '../../store/health/health-checks';
import type { OrphanRecord } from '../../store/health/observations';
import type { ReconcilerRecord } from '../../store/health/reconcilers';

/** Where the Temporal Web UI is, for links to runs. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

export function databaseView(database: DatabaseRecord, now: Date): object {
  const { id, name, description, labels, spec, state, error, instances, createdAt, updatedAt } = database;
  const { version, size, parameters, pooler, exporter } = spec;
  const { deletionProtection } = database;
  return {
    id,
    name,
    description,
    labels,
    version,
    size,
    parameters,
    pooler,
    exporter,
    deletionProtection,
    state,
    degraded: isDegraded(database),
    // A former one is kept while an operation is at work.
    error: state === 'failed' ? error : null,
    instances: instances.map((instance) => instanceView(instance, now)),
    createdAt,
    updatedAt,
  };
}

/** Whether it works, and something beside it that is wanted does not. */
function isDegraded({ state, spec, instances }: DatabaseRecord): boolean {
  const wanted = sidecarRoles.filter((role) => spec[role].enabled);
  return (
    state === 'available' &&
    instances.some(({ sidecars }) => wanted.some((role) => sidecars.find((one) => one.role === role)?.error !== null))
  );
}

export function instanceView(
  { id, databaseId, name, role, state, hostId, hostAddress, hostPort, error, status, sidecars }: InstanceRecord,
  now: Date,
): object {
  return {
    id,
    databaseId,
    name,
    role,
    state,
    error: state === 'failed' ? error : null,
    status: currentStatus(status, now),
    observedAt: status?.observedAt ?? null,
    statusDetail: status?.detail ?? null,
    pendingRestart: status?.pendingRestart ?? [],
    container: status === null ? null : containerView(status),
    hostId,
    address: { host: hostAddress, port: hostPort },
    sidecars: sidecars.map((sidecar) => ({
      role: sidecar.role,
      address: { host: hostAddress, port: sidecar.hostPort },
      error: sidecar.error,
    })),
  };
}

/** As it was at the last look. `restarts`: starts that nobody asked for, repairs among them. */
function containerView({
  containerState,
  exitCode,
  oomKilled,
  oomKilledAt,
  startedAt,
  restarts,
}: StatusRecord): object {
  return { state: containerState, exitCode, oomKilled, oomKilledAt, startedAt, restarts };
}

export function orphanView({ id, kind, name, hostId, databaseId, createdAt, lastSeenAt }: OrphanRecord): object {
  return { id, kind, name, hostId, databaseId, firstSeenAt: createdAt, lastSeenAt };
}

/** One that has not looked for twice its interval is `unknown`, as a status is. */
export function reconcilerView({ intervalSeconds, ...report }: ReconcilerRecord, now: Date): object {
  const { hostId, state, reason, since, databases, drifted, passedAt } = report;
  const ageSeconds = (now.getTime() - passedAt.getTime()) / 1000;
  const isOld = ageSeconds > 2 * intervalSeconds;
  return { hostId, state: isOld ? 'unknown' : state, reason, since, databases, drifted, passedAt };
}

export function checkView({ databaseState: _of, version: _its, address: _at, nextAt, ...check }: CheckRecord): object {
  return { ...check, nextCheckAt: nextAt };
}

export function checkResultView({ checkedAt, latencyMs, error }: CheckResult): object {
  return { checkedAt, healthy: error === null, latencyMs, error };
}

export function healthView({ counts, down }: HealthSummary): object {
  return {
    enabled: counts.up + counts.down + counts.unknown,
    ...counts,
    databasesDown: down.map(({ id, databaseId, databaseName, version, address, lastCheckedAt, lastError, since }) => ({
      checkId: id,
      databaseId,
      name: databaseName,
      engine: { name: 'postgresql', version },
      address,
      lastCheckedAt,
      lastError,
      since,
    })),
  };
}

/** @param steps null in a list, where an operation is shown without them */
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

/** Why it does not go on just now: what its look at the hosts, or a step, is tried again for. */
function waitingFor({ state, waitingFor: look }: OperationRecord, steps: readonly StepRecord[]): Problem | null {
  if (isFinished(state)) return null;
  return look ?? steps.find((step) => step.state === 'running' && step.error !== null)?.error ?? null;
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
  logTail,
}: StepRecord): object {
  const kept = logTail === null ? {} : { logTail };
  return { plan: planNumber, phase, name, resource, hostId, state, attempts, startedAt, endedAt, error, ...kept };
}

function temporalUrl({ url, namespace }: TemporalUi, workflowId: string, runId: string | null): string {
  const run = runId === null ? '' : `/${runId}/history`;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${run}`;
}
