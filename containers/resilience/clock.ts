/** Time as the pieces of this folder see it; tests move it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something after a while, unless what it returns is called first. */
  after(delayMs: number, run: () => void): () => void;
}

/** Does not jump when the machine's clock is set, so that no wait becomes longer by it. */
export const steadyClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
