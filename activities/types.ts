import type { Problem } from '../domain/errors';
import type { ChannelRef, DeliveryRef } from '../domain/notifications/deliveries';
import type { Aim } from '../domain/operations/goal';
import type { OperationRef } from '../domain/operations/operations';
import type { Ending } from '../domain/operations/outcome';
import type { Placement, Resource } from '../domain/planning/resources';
import type { Step, StepInputs, StepKind } from '../domain/planning/steps';
import type { InProgressState, Outcome } from '../domain/states';

/** The durations that a workflow keeps; inputs, so that a test can make them short. Milliseconds. */
export interface Pace {
  readonly operationDeadlineMs: number;
  readonly wayBackDeadlineMs: number;
  readonly retryInitialMs: number;
  readonly retryMaximumMs: number;
  readonly heartbeatTimeoutMs: number;
}

export interface Claim {
  /** Hosts that may hold something of the database already. */
  readonly hostIds: readonly string[];
  readonly pace: Pace;
  /** How many plans lead to the operation's end. */
  readonly legs: number;
}

export interface PlanRequest extends OperationRef, Aim {
  readonly observed: readonly Resource[];
}

/** A step with its place in the operation's records. */
export interface NumberedStep {
  readonly ordinal: number;
  readonly step: Step;
}

export interface RecordedPlan {
  readonly planNumber: number;
  readonly phases: readonly (readonly NumberedStep[])[];
  readonly placements: readonly Placement[];
  /** The state to mark before the plan is applied. */
  readonly during: InProgressState;
}

export interface MarkRequest extends OperationRef {
  readonly state: InProgressState;
  readonly placements: readonly Placement[];
}

export interface FinishRequest extends OperationRef {
  readonly outcome: Outcome;
  readonly wayBack: Ending['wayBack'];
  readonly error: Problem | null;
}

/** What one attempt of a step is told. */
export interface StepTask<Kind extends StepKind> extends OperationRef {
  readonly planNumber: number;
  readonly ordinal: number;
  readonly with: StepInputs[Kind];
}

/** A step that failed, and that the operation goes on without. */
export interface WarnRequest extends OperationRef {
  readonly step: StepKind;
  readonly resource: string;
  readonly problem: Problem;
}

/** Records and planning, on the control task queue. */
export interface ControlActivities {
  /** Makes the operation this run's; null when there is nothing left to do. */
  claimOperation(operation: OperationRef): Promise<Claim | null>;
  planChange(request: PlanRequest): Promise<RecordedPlan>;
  markInstances(request: MarkRequest): Promise<void>;
  warnOperation(request: WarnRequest): Promise<void>;
  finishOperation(request: FinishRequest): Promise<void>;
}

/** Work on one host, on that host's task queue. */
export type HostActivities = {
  /** What is on this host of the operation's database. */
  observeDatabase(operation: OperationRef): Promise<Resource[]>;
} & {
  [Kind in StepKind]: (task: StepTask<Kind>) => Promise<void>;
};

/** Messages to people, on the control task queue. */
export interface DeliveryActivities {
  /** One attempt to bring a message to its receiver. */
  sendNotification(delivery: DeliveryRef): Promise<void>;
  /** One message that says nothing; throws what became of it. */
  sendTestMessage(channel: ChannelRef): Promise<void>;
}

/** The activities of a worker: of records, of messages, and of its host. */
export interface Activities {
  readonly control: ControlActivities;
  readonly deliveries: DeliveryActivities;
  readonly host: HostActivities;
}
