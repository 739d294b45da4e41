import { callTimeoutMs, longCallTimeoutMs } from '../deadlines';

export interface BreakerSettings {
  /** Consecutive failures of the host that open the breaker. */
  readonly failures: number;
  /** How long it stays open before a call may probe the host. */
  readonly resetMs: number;
  /** Consecutive successes that close it. */
  readonly successes: number;
}

export interface BulkheadSettings {
  /** Maximum number of concurrent calls. */
  readonly maxCalls: number;
  /** How long a call waits for a slot. */
  readonly waitMs: number;
}

export interface ResilienceSettings {
  readonly breaker: BreakerSettings;
  readonly bulkhead: BulkheadSettings;
  /** How long a call may take, including the wait for a slot. */
  readonly callTimeoutMs: number;
  readonly longCallTimeoutMs: number;
}

/** The defaults. */
export const defaultResilience = {
  breaker: { failures: 5, resetMs: 30_000, successes: 2 },
  bulkhead: { maxCalls: 20, waitMs: 10_000 },
  callTimeoutMs,
  longCallTimeoutMs,
} as const satisfies ResilienceSettings;
