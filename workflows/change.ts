import { CancellationScope, isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import type { Claim } from '../activities/types';
import type { Problem } from '../databases/errors';
import type { Direction } from '../databases/goal';
import type { OperationRef } from '../databases/operations';
import { goesBack } from '../databases/way-back';
import { control, observeDatabase } from './activities';
import { applyPlan } from './apply';
import { failureOf, problemOf } from './failures';
import { searchAttributes } from './search-attributes';

/** Carries out an operation by planning toward what was asked; on failure or cancel, by planning back. */
export async function changeDatabase(operation: OperationRef): Promise<void> {
  // Not to be cut off by a cancel: only an operation that is claimed can end as cancelled.
  const claim = await CancellationScope.nonCancellable(() => control.claimOperation(operation));
  if (claim === null) return;
  try {
    await withDeadline(claim.pace.operationDeadlineMs, () => change(operation, claim, 'requested', false));
  } catch (error) {
    // A cancelled workflow starts no more activities in its root scope, and going back needs some.
    await CancellationScope.nonCancellable(() => goBack(operation, claim, problemOf(error)));
    throw error;
  }
  await CancellationScope.nonCancellable(() =>
    control.finishOperation({ ...operation, outcome: 'succeeded', wayBack: 'not_taken', error: null }),
  );
}

/** Observe, plan, mark, apply. */
async function change(
  operation: OperationRef,
  { hostIds, pace }: Claim,
  direction: Direction,
  cancelling: boolean,
): Promise<void> {
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: direction === 'requested' ? 'applying' : 'going back' },
  ]);
  const observed = await Promise.all(hostIds.map((hostId) => observeDatabase(operation, hostId, pace)));
  const plan = await control.planChange({ ...operation, direction, cancelling, observed: observed.flat() });
  await control.markInstances({ ...operation, state: plan.during, placements: plan.placements });
  await applyPlan(operation, plan, pace);
}

/** Ends an operation that failed or was cancelled, after going back where there is a way. */
async function goBack(operation: OperationRef, claim: Claim, error: Problem): Promise<void> {
  const outcome = error.code === 'cancelled' ? 'cancelled' : 'failed';
  // A newer operation owns the database: it is not ours to bring back.
  if (error.code === 'superseded' || !goesBack(operation.kind, outcome)) {
    await control.finishOperation({ ...operation, outcome, wayBack: 'not_taken', error });
    return;
  }
  try {
    const { hostIds } = (await control.claimOperation(operation)) ?? claim;
    await withDeadline(claim.pace.wayBackDeadlineMs, () =>
      change(operation, { ...claim, hostIds }, 'former', outcome === 'cancelled'),
    );
  } catch (second) {
    const both = { ...error, details: { ...error.details, wayBack: problemOf(second) } };
    await control.finishOperation({ ...operation, outcome: 'failed', wayBack: 'failed', error: both });
    return;
  }
  await control.finishOperation({ ...operation, outcome, wayBack: 'done', error });
}

/** A deadline kept by the workflow and not by Temporal, which would end the run with nothing cleaned up. */
async function withDeadline(milliseconds: number, run: () => Promise<void>): Promise<void> {
  const outer = CancellationScope.current();
  try {
    await CancellationScope.withTimeout(milliseconds, run);
  } catch (error) {
    if (!isCancellation(error) || outer.consideredCancelled) throw error;
    throw failureOf({ code: 'deadline_exceeded', message: `not finished within ${milliseconds / 1000} s` });
  }
}
