import { DatabaseError } from '../domain/errors';

/** The wait for an engine that recovers. It takes several calls, so that each is short enough to be cancelled. */
export interface Recovery {
  /** How long earlier calls have seen the engine recover. */
  readonly beforeMs: number;
  /** How long an engine may recover in all calls together. */
  readonly limitMs: number;
}

/** A short first call shows early what is waited for; later ones grow, so that a long recovery takes few calls. */
const firstCallMs = 2_000;
const longestCallMs = 300_000;

/** How long a call waits for an engine that recovers, before it leaves the rest to the next call. */
export function callMsOf({ beforeMs }: Pick<Recovery, 'beforeMs'>): number {
  return Math.min(Math.max(beforeMs, firstCallMs), longestCallMs);
}

/**
 * Measures a recovery during one call: each answer of an engine that recovers is noted. Throws `recovering`, with the
 * time of all calls so far, once the call has waited long enough, and `not_ready` past the limit.
 */
export function watchRecovery(recovery: Recovery, now: () => number): (lastProbe: string) => void {
  const { beforeMs, limitMs } = recovery;
  let began: number | null = null;
  return (lastProbe) => {
    began ??= now();
    const thisCallMs = now() - began;
    const recoveringSeconds = (beforeMs + thisCallMs) / 1000;
    const details = { recoveringSeconds, lastProbe };
    if (beforeMs + thisCallMs >= limitMs) {
      throw new DatabaseError(
        'not_ready',
        `the engine did not recover within ${limitMs / 1000} s: ${lastProbe}`,
        details,
      );
    }
    if (thisCallMs >= callMsOf(recovery)) {
      throw new DatabaseError('recovering', `the engine is recovering: ${lastProbe}`, details);
    }
  };
}
