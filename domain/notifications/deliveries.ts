/** The input of a run that delivers a message; it reads the rest from the store. */
export interface DeliveryRef {
  readonly deliveryId: string;
}

/** The channel to test. */
export interface ChannelRef {
  readonly tenantId: string;
  readonly channelId: string;
}

/** The workflow id of a message; Temporal guarantees at most one open run for it. */
export function deliveryWorkflowIdOf(deliveryId: string): string {
  return `delivery-${deliveryId}`;
}

/** Delays between the attempts of a message, and the time for all of them, in milliseconds. */
export interface DeliveryPace {
  readonly initialMs: number;
  readonly maximumMs: number;
  readonly retryForMs: number;
}

/** At most an hour between attempts, and a day in all. */
export const deliveryLimits = { maximumMs: 3_600_000, retryForMs: 24 * 3_600_000 } as const;

/** A failed attempt. */
export interface EndedAttempt {
  /** Its number, from 1. */
  readonly attempts: number;
  readonly sinceBeganMs: number;
  /** The delay that the recipient requested; null for none. */
  readonly retryAfterSeconds: number | null;
}

/**
 * Milliseconds until the next attempt: doubled each time, and no less than the recipient requested, up to `maximumMs`.
 * Null after the last attempt.
 */
export function nextAttemptAfterMs(
  { attempts, sinceBeganMs, retryAfterSeconds }: EndedAttempt,
  { initialMs, maximumMs, retryForMs }: DeliveryPace,
): number | null {
  const backoffMs = Math.min(initialMs * 2 ** (attempts - 1), maximumMs);
  const delayMs = Math.max(backoffMs, Math.min((retryAfterSeconds ?? 0) * 1000, maximumMs));
  return sinceBeganMs + delayMs > retryForMs ? null : delayMs;
}
