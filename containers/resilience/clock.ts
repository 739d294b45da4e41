/** The time source of this folder; tests advance it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` after the delay, unless the returned function is called first. */
  after(delayMs: number, run: () => void): () => void;
}

/** Monotonic: setting the machine's clock changes no wait. */
export const steadyClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
