/** Choices that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `below`, without it. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32, a generator of 32 bits (public domain, Tommy Ettinger): small, and good enough to choose by. */
export function newRandom(seed: number): Random {
  let state = seed >>> 0;
  function below(limit: number): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
  return {
    below,
    pick(from) {
      const index = below(from.length);
      if (index in from) return from[index] as (typeof from)[number];
      throw new RangeError('there is nothing to pick from');
    },
  };
}
