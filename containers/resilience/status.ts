export type BreakerState = 'closed' | 'open' | 'half_open';

/** A host's breaker. Times are RFC 3339 in UTC. */
export interface BreakerStatus {
  readonly state: BreakerState;
  /** When the state began. */
  readonly since: string;
  /** The time of the first failure that opened it; null while it is closed. */
  readonly unavailableSince: string | null;
  /** The host's last failure, even if it has recovered; null when there was none. */
  readonly lastFailure: { readonly at: string; readonly message: string } | null;
}

/** A host's current calls and their maximum, as the API shows them. */
export interface BulkheadLoad {
  readonly running: number;
  readonly waiting: number;
  readonly most: number;
}

/** A worker's view of its host. */
export interface BackendStatus {
  readonly breaker: BreakerStatus;
  readonly calls: BulkheadLoad;
}
