export type BreakerState = 'closed' | 'open' | 'half_open';

/** A host's breaker as it is shown. Times are RFC 3339 in UTC. */
export interface BreakerStatus {
  readonly state: BreakerState;
  /** When it came into this state. */
  readonly since: string;
  /** When the first of the failures came that opened it; null while it is closed. */
  readonly unavailableSince: string | null;
  /** The last failure of the host's health, also when that has passed; null when there was none. */
  readonly lastFailure: { readonly at: string; readonly message: string } | null;
}

/** How many calls a host has now, and may have. */
export interface BulkheadLoad {
  readonly running: number;
  readonly waiting: number;
  readonly most: number;
}

/** How a worker finds its host. */
export interface BackendStatus {
  readonly breaker: BreakerStatus;
  readonly calls: BulkheadLoad;
}
