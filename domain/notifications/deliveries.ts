/** What a run that delivers is told; all else it reads. */
export interface DeliveryRef {
  readonly deliveryId: string;
}

/** Which channel is tested. */
export interface ChannelRef {
  readonly tenantId: string;
  readonly channelId: string;
}

/** The run that delivers a message; one at a time is Temporal's own promise. */
export function deliveryWorkflowIdOf(deliveryId: string): string {
  return `delivery-${deliveryId}`;
}

/** How long a message is tried, in milliseconds. */
export interface DeliveryPace {
  readonly initialMs: number;
  readonly maximumMs: number;
  readonly retryForMs: number;
}

/** To an hour between attempts, a day in all. */
export const deliveryLimits = { maximumMs: 3_600_000, retryForMs: 24 * 3_600_000 } as const;

/** How an attempt ended that did not go well. */
export interface EndedAttempt {
  /** Its number, from 1. */
  readonly attempts: number;
  readonly sinceBeganMs: number;
  /** What the receiver asked for; null for nothing. */
  readonly retryAfterSeconds: number | null;
}

/** Milliseconds until the next attempt: twice as long each time, and not before the receiver wants it. Null after the last. */
export function nextAttemptAfterMs(
  { attempts, sinceBeganMs, retryAfterSeconds }: EndedAttempt,
  { initialMs, maximumMs, retryForMs }: DeliveryPace,
): number | null {
  const backoffMs = Math.min(initialMs * 2 ** (attempts - 1), maximumMs);
  const delayMs = Math.max(backoffMs, Math.min((retryAfterSeconds ?? 0) * 1000, maximumMs));
  return sinceBeganMs + delayMs > retryForMs ? null : delayMs;
}
