/** How often and for how long a server is probed until it is ready. */
export interface Patience {
  /** The initial wait between probes; it grows with the elapsed time, up to ten times as long. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Probes often, because a user is waiting. */
export const defaultPatience: Patience = { intervalMs: 25, timeoutMs: 120_000 };
