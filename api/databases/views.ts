import { sidecarRoles } from '../../domain/sidecars';
import { currentStatus } from '../../domain/states';
import {
  type DatabaseRecord,
  type InstanceRecord,
  recoveredState,
  type StatusRecord,
} from '../../store/databases/records';

export function databaseView(database: DatabaseRecord): object {
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
    // The record keeps a previous error while an operation runs.
    error: state === 'failed' ? error : null,
    owed: owedView(database),
    instances: instances.map(instanceView),
    createdAt,
    updatedAt,
  };
}

/** The recovery that the database is owed; null for none. */
function owedView(database: DatabaseRecord): object | null {
  if (database.owed === null) return null;
  const { cause, since, tries, nextTryAt, error } = database.owed;
  return { cause, leadsTo: recoveredState(database), since, tries, nextTryAt, error };
}

/** Whether the database works but one of its enabled sidecars does not. */
function isDegraded({ state, spec, instances }: DatabaseRecord): boolean {
  const wanted = sidecarRoles.filter((role) => spec[role].enabled);
  return (
    state === 'available' &&
    instances.some(({ sidecars }) => wanted.some((role) => sidecars.find((one) => one.role === role)?.error !== null))
  );
}

export function instanceView({
  id,
  databaseId,
  name,
  role,
  state,
  hostId,
  hostAddress,
  hostPort,
  error,
  status,
  sidecars,
}: InstanceRecord): object {
  return {
    id,
    databaseId,
    name,
    role,
    state,
    error: state === 'failed' ? error : null,
    status: currentStatus(status),
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

/** The container as last observed. `restarts` counts starts that no user requested, including repairs. */
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
