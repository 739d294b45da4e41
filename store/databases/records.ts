import type { Problem } from '../../domain/errors';
import type { Counters, OperationKind } from '../../domain/operations/kinds';
import type { Condition } from '../../domain/operations/operations';
import { recordedState } from '../../domain/operations/outcome';
import type { OwedTries } from '../../domain/operations/owed';
import type { Images, Pin } from '../../domain/planning/pins';
import type { Applied } from '../../domain/planning/resources';
import type { SidecarRole } from '../../domain/sidecars';
import type { Attributes, Spec } from '../../domain/spec';
import type { LifecycleState, ObservedStatus, OperationState, StepState } from '../../domain/states';
import type { Prisma } from '../connection/executor';
import { versionOf } from '../connection/versions';
import type * as generated from '../generated/client';

/** A container on record. */
interface ContainerRecord {
  /** Where its port is published, such as `127.0.0.1`; the host's address until that is on record. */
  readonly address: string;
  /** Null until a container has been seen. */
  readonly recordedAddress: string | null;
  readonly hostPort: number;
  /** What it is created from; null until a container of a version before has been seen. */
  readonly pin: Pin | null;
}

export interface SidecarRecord extends ContainerRecord {
  readonly role: SidecarRole;
  /** Why it does not serve; null when no problem is known. */
  readonly error: Problem | null;
}

export interface InstanceRecord extends ContainerRecord {
  readonly id: string;
  readonly databaseId: string;
  readonly name: string;
  readonly role: 'primary' | 'standby';
  readonly state: LifecycleState;
  readonly hostId: string;
  /** Where its host publishes the ports of new containers. */
  readonly hostAddress: string;
  /** Whether the host was declared lost. */
  readonly hostLost: boolean;
  /** When its engine was first ready. Null before that, and only then may its volume be empty. */
  readonly initializedAt: Date | null;
  /** What was last applied to its engine; null before the first time. */
  readonly applied: Applied | null;
  readonly error: Problem | null;
  readonly updatedAt: Date;
  readonly status: StatusRecord | null;
  readonly sidecars: readonly SidecarRecord[];
}

/** The version of an instance's record: every state makes another. */
export function instanceVersion({ id, role, state, error, hostId, hostPort, updatedAt }: InstanceRecord): string {
  return versionOf([id, role, state, error, hostId, hostPort, updatedAt]);
}

/** The last observation of an instance, and the number of restarts. */
export interface StatusRecord extends ObservedStatus {
  readonly observedAt: Date;
  readonly detail: string | null;
  readonly containerState: string | null;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly oomKilledAt: Date | null;
  readonly startedAt: Date | null;
  readonly restarts: number;
  readonly pendingRestart: readonly string[];
}

/** The recovery that a failed database is owed. */
export interface OwedRecord extends OwedTries {
  /** The operation that left it `failed`; null if none did. */
  readonly operationId: string | null;
  /** Why that operation, or the last recovery, failed. */
  readonly error: Problem;
  /** Null when only a request starts a recovery. */
  readonly nextTryAt: Date | null;
  readonly since: Date;
}

export interface DatabaseRecord extends Attributes, Counters {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly spec: Spec;
  readonly state: LifecycleState;
  readonly error: Problem | null;
  /** Null for a database that is not deleted. */
  readonly deletedAt: Date | null;
  /** From when on its data are destroyed; null for a database that is not deleted. */
  readonly purgeAt: Date | null;
  readonly owed: OwedRecord | null;
  readonly instances: readonly InstanceRecord[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * The version of a database's record: every accepted operation and every state makes another; observed status does not
 * count.
 */
export function databaseVersion(database: DatabaseRecord): string {
  const { id, generation, state, error, spec, description, labels, deletionProtection, updatedAt } = database;
  return versionOf([id, generation, state, error, spec, description, labels, deletionProtection, updatedAt]);
}

/** Whether an engine has ever been ready. */
export function hasData({ instances }: Pick<DatabaseRecord, 'instances'>): boolean {
  return instances.some(({ initializedAt }) => initializedAt !== null);
}

/** The facts that decide which operations a database accepts. */
export function conditionOf(database: DatabaseRecord): Condition {
  const { state, owed, instances } = database;
  const isLost = instances.some(({ hostLost }) => hostLost);
  return { state, hasData: hasData(database), isOwed: owed !== null, isLost };
}

/** The state that a recovery leads to. */
export function recoveredState(database: DatabaseRecord): ReturnType<typeof recordedState> {
  return recordedState(hasData(database) ? database.spec.power : null);
}

export interface StepRecord {
  readonly planNumber: number;
  readonly ordinal: number;
  readonly phase: number;
  readonly name: string;
  readonly resource: string;
  readonly hostId: string;
  readonly state: StepState;
  readonly attempts: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly error: Problem | null;
  /** The last log lines of the server that the step removed; null for other steps. */
  readonly logTail: string | null;
}

/** Its counters are the database's, once that had accepted it. */
export interface OperationRecord extends Counters {
  readonly id: string;
  readonly tenantId: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly kind: OperationKind;
  readonly input: unknown;
  /** The images on offer when it was accepted; null when Slipway accepted it itself, or a version before did. */
  readonly target: Images | null;
  readonly state: OperationState;
  /** The number of the newest plan; 0 before the first. */
  readonly planNumber: number;
  /** Whether the newest plan belongs to the way back. */
  readonly goingBack: boolean;
  readonly formerState: LifecycleState | null;
  readonly requestedBy: string;
  readonly requestId: string;
  /** The trace that the request belongs to; null if it named none. */
  readonly traceId: string | null;
  readonly runId: string | null;
  readonly retryOf: string | null;
  /** How often it was begun again because the store had lost its end. */
  readonly reruns: number;
  /** Why it failed or was cancelled; when the way back failed too, its problem is `details.wayBack`. */
  readonly error: Problem | null;
  /** Why observing the hosts is being retried; null once there is a plan, whose steps show it. */
  readonly waitingFor: Problem | null;
  readonly warnings: readonly Problem[];
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly cancelRequestedAt: Date | null;
}

/** The version of an operation's record: every state and every plan makes another; its steps do not count. */
export function operationVersion({ id, state, planNumber, cancelRequestedAt, endedAt }: OperationRecord): string {
  return versionOf([id, state, planNumber, cancelRequestedAt, endedAt]);
}

/** A row of `selectInstances`; within a row of `selectDatabases`, times are text. */
export type InstanceRow = InstanceRecord & { readonly createdAt: Date | string };

/** A row of `selectDatabases`. The schema's checks vouch for enumerated text, this program for its JSON. */
export type DatabaseRow = Omit<DatabaseRecord, 'instances'> & { readonly instances: readonly InstanceRow[] };

export function databaseRecord(row: DatabaseRow): DatabaseRecord {
  const { owed } = row;
  return {
    ...row,
    owed: owed && { ...owed, nextTryAt: dateOf(owed.nextTryAt), since: new Date(owed.since) },
    instances: row.instances.map(instanceRecord),
  };
}

export function instanceRecord({ createdAt: _createdAt, ...row }: InstanceRow): InstanceRecord {
  return {
    ...row,
    initializedAt: dateOf(row.initializedAt),
    updatedAt: new Date(row.updatedAt),
    status: row.status && {
      ...row.status,
      observedAt: new Date(row.status.observedAt),
      oomKilledAt: dateOf(row.status.oomKilledAt),
      startedAt: dateOf(row.status.startedAt),
    },
  };
}

function dateOf(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value);
}

export function operationRecord(row: generated.Operation): OperationRecord {
  return {
    ...row,
    kind: row.kind as OperationKind,
    state: row.state as OperationState,
    target: row.target as unknown as Images | null,
    formerState: row.formerState as LifecycleState | null,
    error: row.error as unknown as Problem | null,
    waitingFor: row.waitingFor as unknown as Problem | null,
    warnings: row.warnings as unknown as Problem[],
  };
}

/** A value for a JSON column; what JSON cannot express is dropped. */
export function json(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
}
