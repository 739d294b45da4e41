/** The lifecycle states that lists show. */
export const shownStates = ['creating', 'modifying', 'deleting', 'available', 'stopped', 'paused', 'failed'] as const;

/**
 * The lifecycle states of a database and of an instance. Stored, and written only by workflows. A `deleted` database
 * keeps its record and its volumes until it is purged, and is hidden everywhere else.
 */
export const lifecycleStates = [...shownStates, 'deleted'] as const;
export type LifecycleState = (typeof lifecycleStates)[number];

export const inProgressStates = ['creating', 'modifying', 'deleting'] as const satisfies readonly LifecycleState[];
export type InProgressState = (typeof inProgressStates)[number];

/** Whether an operation is in progress; every other operation is rejected meanwhile. */
export function isInProgress(state: LifecycleState): state is InProgressState {
  switch (state) {
    case 'creating':
    case 'modifying':
    case 'deleting':
      return true;
    case 'available':
    case 'stopped':
    case 'paused':
    case 'failed':
    case 'deleted':
      return false;
  }
}

export const operationStates = ['pending', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationState = (typeof operationStates)[number];

export const openOperationStates = ['pending', 'running', 'cancelling'] as const satisfies readonly OperationState[];

/** How an operation ended. */
export type Outcome = Exclude<OperationState, (typeof openOperationStates)[number]>;

/** Whether an operation has ended; it never leaves such a state. */
export function isFinished(state: OperationState): boolean {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return true;
    case 'pending':
    case 'running':
    case 'cancelling':
      return false;
  }
}

export const stepStates = ['pending', 'running', 'succeeded', 'failed'] as const;
export type StepState = (typeof stepStates)[number];

/** A monitor's observation, kept apart from the lifecycle state. */
export const observedStates = ['healthy', 'unhealthy', 'unknown'] as const;
export type ObservedState = (typeof observedStates)[number];

export interface ObservedStatus {
  readonly state: ObservedState;
  /** The time since the observation, by one clock. */
  readonly ageSeconds: number;
  /** The time between two observations. */
  readonly intervalSeconds: number;
}

/** The status to show: `unknown` when it is missing or older than twice its interval. */
export function currentStatus(status: ObservedStatus | null): ObservedState {
  if (status === null) return 'unknown';
  return status.ageSeconds > 2 * status.intervalSeconds ? 'unknown' : status.state;
}
