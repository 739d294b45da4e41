import type { Problem } from '../domain/errors';
import type { ChannelRef, DeliveryRef } from '../domain/notifications/deliveries';
import type { Aim } from '../domain/operations/goal';
import type { OperationRef } from '../domain/operations/operations';
import type { Ending } from '../domain/operations/outcome';
import type { Placement, Resource } from '../domain/planning/resources';
import type { Step, StepInputs, StepKind } from '../domain/planning/steps';
import type { InProgressState, Outcome } from '../domain/states';

/** A workflow's timeouts and retry intervals in milliseconds; inputs, so that tests can shorten them. */
export interface Pace {
  readonly operationDeadlineMs: number;
  readonly wayBackDeadlineMs: number;
  readonly retryInitialMs: number;
  readonly retryMaximumMs: number;
  readonly heartbeatTimeoutMs: number;
}

export interface Claim {
  /** Hosts that may already have objects of the database. */
  readonly hostIds: readonly string[];
  readonly pace: Pace;
  /** How many plans the operation takes. */
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

/** The input of a step. */
export interface StepTask<Kind extends StepKind> extends OperationRef {
  readonly planNumber: number;
  readonly ordinal: number;
  readonly with: StepInputs[Kind];
  /**
   * How long earlier calls of this step have seen its engine recover. Missing in runs of a version that cannot continue
   * a wait: for them the step is retried until the operation's deadline.
   */
  readonly recoveringSeconds?: number;
}

/** The result of a step: nothing once it has been carried out, or why it must be called again. */
export type StepResult = void | { readonly again: Problem };

/** A failed step that the operation continues without. */
export interface WarnRequest extends OperationRef {
  readonly step: StepKind;
  readonly resource: string;
  readonly problem: Problem;
}

/** Records and planning, on the control task queue. */
export interface ControlActivities {
  /** Claims the operation for this run; null when there is nothing left to do. */
  claimOperation(operation: OperationRef): Promise<Claim | null>;
  planChange(request: PlanRequest): Promise<RecordedPlan>;
  markInstances(request: MarkRequest): Promise<void>;
  warnOperation(request: WarnRequest): Promise<void>;
  finishOperation(request: FinishRequest): Promise<void>;
}

/** Work on one host, on that host's task queue. */
export type HostActivities = {
  /** The database's resources on this host. */
  observeDatabase(operation: OperationRef): Promise<Resource[]>;
} & {
  [Kind in StepKind]: (task: StepTask<Kind>) => Promise<StepResult>;
};

/** Message delivery, on the control task queue. */
export interface DeliveryActivities {
  /** One attempt to deliver a message. */
  sendNotification(delivery: DeliveryRef): Promise<void>;
  /** Sends a test message; throws when it is not delivered. */
  sendTestMessage(channel: ChannelRef): Promise<void>;
}

/** All activities of a worker. */
export interface Activities {
  readonly control: ControlActivities;
  readonly deliveries: DeliveryActivities;
  readonly host: HostActivities;
}
