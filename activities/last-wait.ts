import type { Problem } from '../domain/errors';
import type { OperationRecord, StepRecord } from '../store/databases/records';

type Waiting = Pick<OperationRecord, 'planNumber' | 'goingBack' | 'waitingFor'>;
type Tried = Pick<StepRecord, 'planNumber' | 'state' | 'error'>;

/** Whether a deadline ended the operation or its way back. */
export function wasCutOff(error: Problem): boolean {
  return [error, wayBackOf(error)].some((problem) => problem?.code === 'deadline_exceeded');
}

/**
 * Adds to an operation's error, and to that of its way back, what each was last waiting for. A deadline ends a wait for
 * the next attempt without knowing its reason, which the records have.
 */
export function withLastWait(error: Problem, operation: Waiting, steps: readonly Tried[]): Problem {
  const { planNumber, goingBack, waitingFor } = operation;
  const waits = steps.filter((step) => step.state === 'running' && step.error !== null);
  const isOfWayBack = (step: Tried): boolean => goingBack && step.planNumber === planNumber;
  const forward = waits.find((step) => !isOfWayBack(step))?.error ?? (goingBack ? null : waitingFor);
  const back = waits.find(isOfWayBack)?.error ?? waitingFor;
  const own = explained(error, forward);
  const wayBack = wayBackOf(own);
  if (wayBack === undefined) return own;
  return { ...own, details: { ...own.details, wayBack: explained(wayBack, back) } };
}

function wayBackOf({ details }: Problem): Problem | undefined {
  return details?.wayBack as Problem | undefined;
}

function explained(problem: Problem, last: Problem | null): Problem {
  const { code, details } = problem;
  if (code !== 'deadline_exceeded' || details?.last !== undefined || last === null) return problem;
  return { ...problem, details: { ...details, last } };
}
