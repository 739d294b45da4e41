import { callTimeoutMs, longCallTimeoutMs } from '../deadlines';

export interface BreakerSettings {
  /** Failures of the host's health in a row that open the breaker. */
  readonly failures: number;
  /** How long it stays open before a first call may try the host again. */
  readonly resetMs: number;
  /** Tries in a row that must go well until it closes. */
  readonly successes: number;
}

export interface BulkheadSettings {
  /** The most calls at once. */
  readonly maxCalls: number;
  /** The longest that a call waits for its turn. */
  readonly waitMs: number;
}

export interface ResilienceSettings {
  readonly breaker: BreakerSettings;
  readonly bulkhead: BulkheadSettings;
  /** How long a call may take, waiting included. */
  readonly callTimeoutMs: number;
  readonly longCallTimeoutMs: number;
}

/** What holds where the configuration says nothing. */
export const defaultResilience = {
  breaker: { failures: 5, resetMs: 30_000, successes: 2 },
  bulkhead: { maxCalls: 20, waitMs: 10_000 },
  callTimeoutMs,
  longCallTimeoutMs,
} as const satisfies ResilienceSettings;
