/** How often and for how long a server is probed until it is ready. */
export interface Patience {
  /** The wait between probes at first; it grows with the time that has passed, up to ten times as long. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Probes come often, since a user waits. */
export const defaultPatience: Patience = { intervalMs: 25, timeoutMs: 120_000 };
