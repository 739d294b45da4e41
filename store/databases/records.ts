import type { Problem } from '../../domain/errors';
import type { OperationKind } from '../../domain/operations/kinds';
import type { Applied } from '../../domain/planning/resources';
import type { SidecarRole } from '../../domain/sidecars';
import type { Attributes, Spec } from '../../domain/spec';
import type { LifecycleState, ObservedStatus, OperationState, StepState } from '../../domain/states';
import type { Prisma } from '../connection/client';
import type * as generated from '../generated/client';

export interface SidecarRecord {
  readonly role: SidecarRole;
  readonly hostPort: number;
  /** Why it does not serve; null where nothing is known to be wrong. */
  readonly error: Problem | null;
}

export interface InstanceRecord {
  readonly id: string;
  readonly databaseId: string;
  readonly name: string;
  readonly role: 'primary' | 'standby';
  readonly state: LifecycleState;
  readonly hostId: string;
  /** Where the host is reached, such as `127.0.0.1`. */
  readonly hostAddress: string;
  readonly hostPort: number;
  /** When its engine was first ready; null before that, and only then may its volume be empty. */
  readonly initializedAt: Date | null;
  /** What its engine was told last; null before it was told anything. */
  readonly applied: Applied | null;
  readonly error: Problem | null;
  readonly updatedAt: Date;
  readonly status: StatusRecord | null;
  readonly sidecars: readonly SidecarRecord[];
}

/** What was seen of an instance at the last look, and how often it was found started anew. */
export interface StatusRecord extends ObservedStatus {
  readonly detail: string | null;
  readonly containerState: string | null;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly oomKilledAt: Date | null;
  readonly startedAt: Date | null;
  readonly restarts: number;
  readonly pendingRestart: readonly string[];
}

export interface DatabaseRecord extends Attributes {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly spec: Spec;
  /** What to go back to while an operation is at work; null for nothing at all. */
  readonly previousSpec: Spec | null;
  readonly generation: number;
  readonly state: LifecycleState;
  readonly error: Problem | null;
  readonly instances: readonly InstanceRecord[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
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
  /** What the server wrote last that the step removed; null for any other step. */
  readonly logTail: string | null;
}

export interface OperationRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly state: OperationState;
  readonly generation: number;
  /** The number of its newest plan; 0 before the first. */
  readonly planNumber: number;
  /** Whether its newest plan is one of the way back. */
  readonly goingBack: boolean;
  readonly formerState: LifecycleState | null;
  readonly requestedBy: string;
  readonly requestId: string;
  /** The trace that its request belongs to; null where it named none. */
  readonly traceId: string | null;
  readonly runId: string | null;
  readonly retryOf: string | null;
  /** Why it failed or was cancelled; when the way back failed too, its problem is `details.wayBack`. */
  readonly error: Problem | null;
  /** Why its look at the hosts is tried again; null once there is a plan, whose steps say it themselves. */
  readonly waitingFor: Problem | null;
  readonly warnings: readonly Problem[];
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly cancelRequestedAt: Date | null;
}

/** An instance as its statement gives it: within a database's, times are text. */
export type InstanceRow = InstanceRecord & { readonly createdAt: Date | string };

/** A database as its statement gives it. JSON columns hold what this program wrote; the schema's checks hold the words. */
export type DatabaseRow = Omit<DatabaseRecord, 'instances'> & { readonly instances: readonly InstanceRow[] };

export function databaseRecord(row: DatabaseRow): DatabaseRecord {
  return { ...row, instances: row.instances.map(instanceRecord) };
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
    formerState: row.formerState as LifecycleState | null,
    error: row.error as unknown as Problem | null,
    waitingFor: row.waitingFor as unknown as Problem | null,
    warnings: row.warnings as unknown as Problem[],
  };
}

/** A value as a JSON column takes it: what JSON cannot say is dropped. */
export function json(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
}
