/** A failing check; times are milliseconds of one clock. */
export interface FailingCheck {
  readonly firstFailedAtMs: number;
  readonly intervalMs: number;
  readonly failureThreshold: number;
}

/** How late a run of a check may be. */
export const toleranceMs = 1_000;

/**
 * A host is lost at one moment, but each of its databases is found to be down in its own turn: so the first one waits
 * for those that fail as well and may have gone down with it. That delays nobody beyond the interval times the
 * threshold: both were well at the later one of their last good runs, and only what is decided by then, counted from
 * there, is waited for.
 *
 * @param other of the same host, and not down yet
 * @returns until when it is waited for; null where it is not
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
