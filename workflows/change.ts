import { CancellationScope, TemporalFailure, upsertSearchAttributes } from '@temporalio/workflow';
import type { Claim } from '../activities/types';
import type { Problem } from '../domain/errors';
import type { Aim } from '../domain/operations/goal';
import { goesBack } from '../domain/operations/kinds';
import type { OperationRef } from '../domain/operations/operations';
import { control, observeDatabase } from './activities';
import { applyPlan, type Course } from './apply';
import { withDeadline } from './deadline';
import { failureOf, problemOf } from './failures';
import { searchAttributes } from './search-attributes';

const requested = { direction: 'requested', cancelling: false } as const;
const former = { direction: 'former', leg: 0 } as const;

/** Carries out an operation by planning toward what was asked; on failure or cancel, by planning back. */
export async function changeDatabase(operation: OperationRef): Promise<void> {
  // Not to be cut off by a cancel: only an operation that is claimed can end as cancelled.
  const claim = await CancellationScope.nonCancellable(() => control.claimOperation(operation));
  if (claim === null) return;
  const course: Course = { isPastReturn: false };
  try {
    await withDeadline(claim.pace.operationDeadlineMs, async () => {
      for (let leg = 0; leg < claim.legs; leg += 1) await change(operation, claim, { ...requested, leg }, course);
    });
    // Refused when a cancel was accepted that has not come through to here.
    await CancellationScope.nonCancellable(() =>
      control.finishOperation({ ...operation, outcome: 'succeeded', wayBack: 'not_taken', error: null }),
    );
  } catch (error) {
    // Whatever a step ended by: from a cancel on it is a cancelled operation, while there is a way back.
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

/** Observe, plan, mark, apply. */
async function change(operation: OperationRef, { hostIds, pace }: Claim, aim: Aim, course: Course): Promise<void> {
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: aim.direction === 'requested' ? 'applying' : 'going back' },
  ]);
  const observed = await Promise.all(hostIds.map((hostId) => observeDatabase(operation, hostId, pace)));
  const plan = await control.planChange({ ...operation, ...aim, observed: observed.flat() });
  const hosts = [...new Set(plan.placements.map(({ hostId }) => hostId))];
  upsertSearchAttributes([{ key: searchAttributes.host, value: hosts.join(' ') || null }]);
  await control.markInstances({ ...operation, state: plan.during, placements: plan.placements });
  await applyPlan(operation, plan, pace, course);
}

/** Ends an operation that failed or was cancelled, after going back where there is a way. */
async function goBack(operation: OperationRef, claim: Claim, error: Problem): Promise<void> {
  const outcome = error.code === 'cancelled' ? 'cancelled' : 'failed';
  if (!goesBack(operation.kind, outcome)) {
    await control.finishOperation({ ...operation, outcome, wayBack: 'not_taken', error });
    return;
  }
  try {
    // With the hosts that it has by now; null when it has ended meanwhile, and the database is not ours to bring back.
    const again = await control.claimOperation(operation);
    if (again === null) return;
    await withDeadline(claim.pace.wayBackDeadlineMs, () =>
      change(operation, again, { ...former, cancelling: outcome === 'cancelled' }, { isPastReturn: false }),
    );
  } catch (second) {
    const both = { ...error, details: { ...error.details, wayBack: problemOf(second) } };
    await control.finishOperation({ ...operation, outcome: 'failed', wayBack: 'failed', error: both });
    return;
  }
  await control.finishOperation({ ...operation, outcome, wayBack: 'done', error });
}
