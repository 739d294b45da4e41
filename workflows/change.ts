import { CancellationScope, TemporalFailure, upsertSearchAttributes } from '@temporalio/workflow';
import type { Claim } from '../activities/types';
import type { Problem } from '../domain/errors';
import type { Aim } from '../domain/operations/goal';
import { goesBack } from '../domain/operations/kinds';
import type { OperationRef } from '../domain/operations/operations';
import { control, observeDatabase, requireKnownSteps } from './activities';
import { applyPlan, type Course } from './apply';
import { type Deadline, withDeadline } from './deadline';
import { failureOf, problemOf } from './failures';
import { searchAttributes } from './search-attributes';

const requested = { direction: 'requested', cancelling: false } as const;
const former = { direction: 'former', leg: 0 } as const;

/** Carries out an operation by planning toward the request; on failure or cancellation, by planning back. */
export async function changeDatabase(operation: OperationRef): Promise<void> {
  // A cancellation must not interrupt this: only a claimed operation can end as cancelled.
  const claim = await CancellationScope.nonCancellable(() => control.claimOperation(operation));
  if (claim === null) return;
  const course: Course = { isPastReturn: false };
  try {
    await withDeadline(claim.pace.operationDeadlineMs, async (deadline) => {
      for (let leg = 0; leg < claim.legs; leg += 1)
        await change(operation, claim, { ...requested, leg }, course, deadline);
    });
    // Rejected if a cancellation was accepted that has not reached this run yet.
    await CancellationScope.nonCancellable(() =>
      control.finishOperation({ ...operation, outcome: 'succeeded', wayBack: 'not_taken', error: null }),
    );
  } catch (error) {
    // After a cancellation, any error ends the operation as cancelled, unless it is past the point of no return.
    const isCancelled = CancellationScope.current().consideredCancelled && !course.isPastReturn;
    const problem = isCancelled ? cancelledBy(problemOf(error)) : problemOf(error);
    // A cancelled workflow starts no more activities in its root scope, and going back needs some.
    await CancellationScope.nonCancellable(() => goBack(operation, claim, problem));
    throw error instanceof TemporalFailure ? error : failureOf(problem);
  }
}

function cancelledBy(problem: Problem): Problem {
  if (problem.code === 'cancelled') return problem;
  return { code: 'cancelled', message: 'the operation was cancelled', details: { last: problem } };
}

/** Observes the hosts, plans, and, if every step is known, marks the instances and applies the plan. */
async function change(
  operation: OperationRef,
  { hostIds, pace }: Claim,
  aim: Aim,
  course: Course,
  deadline: Deadline,
): Promise<void> {
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: aim.direction === 'requested' ? 'applying' : 'going back' },
  ]);
  const observed = await Promise.all(hostIds.map((hostId) => observeDatabase(operation, hostId, pace)));
  const plan = await control.planChange({ ...operation, ...aim, observed: observed.flat() });
  requireKnownSteps(plan);
  const hosts = [...new Set(plan.placements.map(({ hostId }) => hostId))];
  upsertSearchAttributes([{ key: searchAttributes.host, value: hosts.join(' ') || null }]);
  await control.markInstances({ ...operation, state: plan.during, placements: plan.placements });
  await applyPlan(operation, plan, pace, course, deadline);
}

/** Ends an operation that failed or was cancelled, after going back if its kind does so. */
async function goBack(operation: OperationRef, claim: Claim, error: Problem): Promise<void> {
  const outcome = error.code === 'cancelled' ? 'cancelled' : 'failed';
  if (!goesBack(operation.kind, outcome)) {
    await control.finishOperation({ ...operation, outcome, wayBack: 'not_taken', error });
    return;
  }
  try {
    // Claims again to get the current hosts. Null if the operation has ended meanwhile: its database is no longer ours
    // to restore.
    const again = await control.claimOperation(operation);
    if (again === null) return;
    await withDeadline(claim.pace.wayBackDeadlineMs, (deadline) => {
      const aim = { ...former, cancelling: outcome === 'cancelled' };
      return change(operation, again, aim, { isPastReturn: false }, deadline);
    });
  } catch (second) {
    const both = { ...error, details: { ...error.details, wayBack: problemOf(second) } };
    await control.finishOperation({ ...operation, outcome: 'failed', wayBack: 'failed', error: both });
    return;
  }
  await control.finishOperation({ ...operation, outcome, wayBack: 'done', error });
}
