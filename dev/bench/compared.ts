import { type Percentiles, percentilesOf, round } from './statistics';

/** Slipway compared with raw Docker; times in milliseconds. `overhead` is Slipway's time minus raw Docker's. */
export interface Compared {
  readonly raw: Percentiles;
  readonly official?: Percentiles;
  readonly slipway: Percentiles;
  readonly ratio: { readonly p50: number; readonly p95: number };
  readonly overhead: { readonly p50: number; readonly p95: number };
}

export function compared(raw: readonly number[], slipway: readonly number[]): Compared {
  const [a, b] = [percentilesOf(raw), percentilesOf(slipway)];
  return {
    raw: a,
    slipway: b,
    ratio: { p50: round(b.p50 / a.p50), p95: round(b.p95 / a.p95) },
    overhead: { p50: round(b.p50 - a.p50), p95: round(b.p95 - a.p95) },
  };
}
