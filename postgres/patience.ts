/** How often and for how long a server is probed until it is ready. */
export interface Patience {
  /** The initial wait between probes; it grows with the elapsed time, up to ten times as long. */
  readonly intervalMs: number;
  /** How long a server may make no progress. */
  readonly timeoutMs: number;
}

/** How an engine is waited for, which answers while it starts or recovers. */
export interface EnginePatience extends Patience {
  /** How long an engine may start or recover. */
  readonly recoveryMs: number;
}

/** Probes often, because a user is waiting. Crash recovery has to replay all WAL since the last checkpoint. */
export const defaultPatience: EnginePatience = { intervalMs: 25, timeoutMs: 120_000, recoveryMs: 86_400_000 };
