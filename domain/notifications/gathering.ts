/** A failing check; all times are milliseconds of the same clock. */
export interface FailingCheck {
  readonly firstFailedAtMs: number;
  readonly intervalMs: number;
  readonly failureThreshold: number;
}

/** How late a check may run. */
export const toleranceMs = 1_000;

/**
 * A lost host takes all its databases down at one moment, but each check finds out in its own turn. So the notice of
 * the first database waits for other failing checks that may have the same cause. It still arrives within the interval
 * times the threshold, counted from the later of the last successful runs of the two checks, when both databases were
 * up: a check that decides only after that is not waited for.
 *
 * @param other a check on the same host that fails but is not `down` yet
 * @returns when to stop waiting for the other check; null to not wait for it
 */
export function awaitedUntilMs(down: FailingCheck, other: FailingCheck): number | null {
  const [downWellAtMs, otherWellAtMs] = [wellAtMs(down), wellAtMs(other)];
  const isTogether =
    otherWellAtMs < down.firstFailedAtMs + toleranceMs && downWellAtMs < other.firstFailedAtMs + toleranceMs;
  const decidedAtMs = other.firstFailedAtMs + (other.failureThreshold - 1) * other.intervalMs;
  const promisedAtMs = Math.max(downWellAtMs, otherWellAtMs) + down.failureThreshold * down.intervalMs;
  return isTogether && decidedAtMs <= promisedAtMs ? decidedAtMs + toleranceMs : null;
}

function wellAtMs({ firstFailedAtMs, intervalMs }: FailingCheck): number {
  return firstFailedAtMs - intervalMs;
}
