import type { Clock } from './clock';
import type { BreakerSettings } from './settings';
import type { BreakerStatus } from './status';

/** What a call's end says about its host: it answered, it did not answer, or nothing either way. */
export type Verdict = 'answered' | 'unknown' | { readonly failure: string };

/** The permission to make one call. */
export interface Admission {
  /** Whether the call probes the host. */
  readonly probe: boolean;
  /** To be called once, at the call's end. */
  settle(verdict: Verdict): void;
}

type Closed = { readonly state: 'closed'; failures: number; firstFailureAt: number };
type Open = { readonly state: 'open'; readonly endsAt: number };
type HalfOpen = { readonly state: 'half_open'; successes: number; probing: boolean };

/** One stay in a state; every change starts a new one. */
type Period = Closed | Open | HalfOpen;

/** The retry delay of calls that are refused during a probe, which is short. */
const probeRetryMs = 1_000;

export type Breaker = ReturnType<typeof createBreaker>;

/**
 * Circuit breaker: calls to a host that does not answer fail at once.
 *
 * - `closed`: every call is made. `failures` consecutive failures open it.
 * - `open`: none is made, for `resetMs`; then it is half open.
 * - `half_open`: one call at a time is made. `successes` consecutive successes close it, a failure opens it again.
 *
 * A call counts only in the period in which it was admitted. A call admitted before the breaker opened neither closes
 * it nor frees the place of the probe.
 */
export function createBreaker(
  { failures, resetMs, successes }: BreakerSettings,
  clock: Clock,
  changed: (status: BreakerStatus) => void,
) {
  let period: Period = newClosed();
  let since = clock.now();
  let unavailableSince: number | null = null;
  let lastFailure: { readonly at: number; readonly message: string } | null = null;

  function enter(next: Period): void {
    period = next;
    since = clock.now();
    if (next.state === 'closed') unavailableSince = null;
    changed(statusNow());
  }

  function open(): void {
    enter({ state: 'open', endsAt: clock.now() + resetMs });
  }

  /** The current period: an open one ends by itself. */
  function current(): Period {
    if (period.state === 'open' && clock.now() >= period.endsAt) {
      enter({ state: 'half_open', successes: 0, probing: false });
    }
    return period;
  }

  function settle(admittedIn: Period, verdict: Verdict): void {
    if (admittedIn !== period) return;
    if (typeof verdict === 'object') lastFailure = { at: clock.now(), message: verdict.failure };
    switch (period.state) {
      case 'closed':
        if (verdict === 'answered') period.failures = 0;
        if (typeof verdict === 'object') countFailure(period);
        return;
      case 'half_open':
        period.probing = false;
        if (verdict === 'answered') countSuccess(period);
        if (typeof verdict === 'object') open();
        return;
      case 'open':
        return;
    }
  }

  function countFailure(closed: Closed): void {
    if (closed.failures === 0) closed.firstFailureAt = clock.now();
    closed.failures += 1;
    if (closed.failures < failures) return;
    unavailableSince = closed.firstFailureAt;
    open();
  }

  function countSuccess(halfOpen: HalfOpen): void {
    halfOpen.successes += 1;
    if (halfOpen.successes >= successes) enter(newClosed());
  }

  function statusNow(): BreakerStatus {
    return {
      state: period.state,
      since: timeOf(since),
      unavailableSince: unavailableSince === null ? null : timeOf(unavailableSince),
      lastFailure: lastFailure === null ? null : { ...lastFailure, at: timeOf(lastFailure.at) },
    };
  }

  /** Whether a call would be refused now. */
  function refuses(): boolean {
    const now = current();
    return now.state === 'open' || (now.state === 'half_open' && now.probing);
  }

  return {
    refuses,

    /** Admits a call; null when it is refused. */
    admit(): Admission | null {
      if (refuses()) return null;
      const admittedIn = period;
      const probe = admittedIn.state === 'half_open';
      if (probe) admittedIn.probing = true;
      return { probe, settle: (verdict) => settle(admittedIn, verdict) };
    },

    /** Milliseconds after which a call that is refused now may be retried. */
    retryAfterMs(): number {
      const now = current();
      return now.state === 'open' ? now.endsAt - clock.now() : probeRetryMs;
    },

    status(): BreakerStatus {
      current();
      return statusNow();
    },
  };
}

function newClosed(): Closed {
  return { state: 'closed', failures: 0, firstFailureAt: 0 };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
