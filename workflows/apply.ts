import { CancellationScope, CancelledFailure, isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { NumberedStep, Pace, RecordedPlan } from '../activities/types';
import type { Problem } from '../domain/errors';
import type { OperationRef } from '../domain/operations/operations';
import { bestEffortSteps, pointsOfNoReturn } from '../domain/planning/steps';
import { control, runStep } from './activities';
import { type Deadline, withDeadline } from './deadline';
import { failureOf, joinProblems, problemOf } from './failures';

/** How far an operation has come. */
export interface Course {
  /** Whether a point of no return is reached: from then on a cancellation has no effect. */
  isPastReturn: boolean;
}

/**
 * Carries out a plan: phases in order, the steps of one phase together. Neither a cancellation nor
 * the operation's deadline interrupts a phase that is a point of no return.
 */
export async function applyPlan(
  operation: OperationRef,
  plan: RecordedPlan,
  pace: Pace,
  course: Course,
  deadline: Deadline,
): Promise<void> {
  for (const [index, phase] of plan.phases.entries()) {
    refuseCancelled();
    setCurrentDetails(detailsOf(plan, index));
    const apply = (limit: Deadline) => applyPhase(operation, plan, phase, pace, limit);
    if (phase.some(({ step }) => pointsOfNoReturn.includes(step.do))) {
      course.isPastReturn = true;
      await CancellationScope.nonCancellable(() => withDeadline(pace.wayBackDeadlineMs, apply));
    } else {
      await apply(deadline);
    }
  }
  if (!course.isPastReturn) refuseCancelled();
  setCurrentDetails(detailsOf(plan, plan.phases.length));
}

/** A step that succeeds despite a cancellation does not report it. */
function refuseCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled between two phases');
}

/**
 * Runs all steps of a phase. When one fails, the others are cancelled and awaited, and their errors joined to the
 * first.
 */
async function applyPhase(
  operation: OperationRef,
  plan: RecordedPlan,
  phase: readonly NumberedStep[],
  pace: Pace,
  deadline: Deadline,
): Promise<void> {
  const problems: Problem[] = [];
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const runs = phase.map(async (step) => {
      try {
        await runStep(operation, plan, step, pace, deadline);
      } catch (error) {
        if (bestEffortSteps.includes(step.step.do) && !isCancellation(error)) {
          await warn(operation, step, problemOf(error));
          return;
        }
        if (!isCancellation(error)) problems.push(problemOf(error));
        scope.cancel();
        throw error;
      }
    });
    const results = await Promise.allSettled(runs);
    const failed = results.find((result) => result.status === 'rejected');
    const [first, ...others] = problems;
    if (first !== undefined) throw failureOf(joinProblems([first, ...others]));
    if (failed !== undefined) throw failed.reason;
  });
}

/** A database works without its sidecars: their failure becomes a warning on the operation, and does not fail it. */
async function warn(operation: OperationRef, { step }: NumberedStep, problem: Problem): Promise<void> {
  const request = { ...operation, step: step.do, resource: step.with.name, problem };
  await CancellationScope.nonCancellable(() => control.warnOperation(request));
}

/** The plan as a list for the Web UI: completed, current and pending phases. */
function detailsOf(plan: RecordedPlan, current: number): string {
  const lines = plan.phases.map((phase, index) => {
    const mark = index < current ? '✓' : index === current ? '▶' : '·';
    return `- ${mark} ${phase.map(({ step }) => `**${step.do}** ${step.with.name}`).join(', ')}`;
  });
  return [`Plan ${plan.planNumber}`, '', ...lines].join('\n');
}
