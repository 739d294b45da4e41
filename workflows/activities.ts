import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type {
  ControlActivities,
  HostActivities,
  NumberedStep,
  Pace,
  RecordedPlan,
  StepResult,
  StepTask,
} from '../activities/types';
import type { OperationRef } from '../domain/operations/operations';
import type { Resource } from '../domain/planning/resources';
import { bestEffortSteps, type StepKind } from '../domain/planning/steps';
import { hostTaskQueue } from '../domain/temporal-names';
import type { Deadline } from './deadline';
import { failureOf } from './failures';

/** Longer than the timeouts of the calls in a step, so that the call that times out reports the reason. */
const stepTimeouts: Readonly<Record<StepKind, string>> = {
  ensureNetwork: '3 minutes',
  ensureVolume: '3 minutes',
  // May pull an image.
  ensureServer: '12 minutes',
  createServer: '12 minutes',
  configureServer: '3 minutes',
  updateServer: '12 minutes',
  resumeServer: '3 minutes',
  pauseServer: '3 minutes',
  ensureLogins: '12 minutes',
  awaitReady: '12 minutes',
  markUsed: '3 minutes',
  ensureSidecar: '5 minutes',
  stopSidecar: '3 minutes',
  removeSidecar: '12 minutes',
  stopServer: '12 minutes',
  removeServer: '12 minutes',
  removeNetwork: '3 minutes',
  removeVolume: '3 minutes',
};

/** Maximum attempts of a step whose failure is only a warning. */
const bestEffortAttempts = 3;

/** Activities on the store: short, and retried until they succeed or fail with an error that is never retried. */
export const control: ControlActivities = {
  claimOperation: (operation) => controlBy('claim the operation for this run').claimOperation(operation),
  planChange: (request) => controlBy('plan the changes from the current to the requested state').planChange(request),
  markInstances: (request) => controlBy(`mark the instances as ${request.state}`).markInstances(request),
  warnOperation: (request) => controlBy(`record a warning about ${request.step}`).warnOperation(request),
  finishOperation: (request) => controlBy(`finish the operation as ${request.outcome}`).finishOperation(request),
};

function controlBy(summary: string): ControlActivities {
  return proxyActivities<ControlActivities>({
    summary,
    startToCloseTimeout: '15 seconds',
    // Missing heartbeats reveal that a worker was killed.
    heartbeatTimeout: '3 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
  });
}

/** Refuses a plan with a step that these workflows do not know. Throws `unknown_step`. */
export function requireKnownSteps(plan: RecordedPlan): void {
  for (const { step } of plan.phases.flat()) {
    if (Object.hasOwn(stepTimeouts, step.do)) continue;
    const message = `the workflows of this worker do not know the step ${step.do}: they are older than its planner`;
    throw failureOf({ code: 'unknown_step', message, details: { step: step.do } });
  }
}

export async function observeDatabase(operation: OperationRef, hostId: string, pace: Pace): Promise<Resource[]> {
  const host = proxyActivities<Pick<HostActivities, 'observeDatabase'>>({
    ...hostOptions(hostId, pace),
    startToCloseTimeout: '3 minutes',
    summary: `on host ${hostId}`,
  });
  return host.observeDatabase(operation);
}

/**
 * Runs one step on its host's task queue. The activity's name and summary show in the Web UI what it does, and to which
 * object. The wait for an engine that recovers takes several calls, and does not count towards the deadline: the engine
 * has a limit of its own.
 */
export async function runStep(
  operation: OperationRef,
  plan: RecordedPlan,
  { ordinal, step }: NumberedStep,
  pace: Pace,
  deadline: Deadline,
): Promise<void> {
  const host = proxyActivities<Record<StepKind, (task: StepTask<StepKind>) => Promise<StepResult>>>({
    ...hostOptions(step.hostId, pace, bestEffortSteps.includes(step.do) ? bestEffortAttempts : undefined),
    startToCloseTimeout: stepTimeouts[step.do],
    summary: step.with.name,
  });
  const call = (recoveringSeconds: number) =>
    host[step.do]({ ...operation, planNumber: plan.planNumber, ordinal, with: step.with, recoveringSeconds });
  for (let result = await call(0); result; ) {
    const recoveringSeconds = Number(result.again.details?.recoveringSeconds);
    result = await deadline.pauseDuring(pauseMsAfter(recoveringSeconds), () => call(recoveringSeconds));
  }
}

/**
 * How long a call may pause the deadline: a call lasts as long as the engine has recovered before it, up to a few
 * minutes, with some seconds to begin. Longer than that, it is the host that is waited for.
 */
function pauseMsAfter(recoveringSeconds: number): number {
  return Math.min(recoveringSeconds + 5, 600) * 1000;
}

/** @param maximumAttempts unlimited if missing */
function hostOptions(hostId: string, pace: Pace, maximumAttempts?: number): ActivityOptions {
  return {
    taskQueue: hostTaskQueue(hostId),
    // Going back observes the host, but only after the cancelled step has ended.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    heartbeatTimeout: pace.heartbeatTimeoutMs,
    retry: {
      initialInterval: pace.retryInitialMs,
      maximumInterval: pace.retryMaximumMs,
      ...(maximumAttempts === undefined ? {} : { maximumAttempts }),
    },
  };
}
