import { DatabaseError } from '../errors';
import type { Size } from '../spec';

/** The quantities that a quota limits. Sidecars and the records of failed creates do not count. */
export const quotaNames = ['databases', 'nanoCpus', 'memoryBytes'] as const;
export type QuotaName = (typeof quotaNames)[number];

export type Amounts = Readonly<Record<QuotaName, number>>;

/** Null for no limit. */
export type Limits = Readonly<Record<QuotaName, number | null>>;

export interface Quota {
  readonly limits: Limits;
  readonly used: Amounts;
}

/** The change in usage when the holding of a database changes; null for no holding. */
export function amountsBetween(from: Size | null, to: Size | null): Amounts {
  return {
    databases: Number(to !== null) - Number(from !== null),
    nanoCpus: (to?.nanoCpus ?? 0) - (from?.nanoCpus ?? 0),
    memoryBytes: (to?.memoryBytes ?? 0) - (from?.memoryBytes ?? 0),
  };
}

/** The error for a request that exceeds a limit; it names the first limit exceeded. */
export function quotaExceeded({ limits, used }: Quota, requested: Amounts): DatabaseError {
  for (const quota of quotaNames) {
    const limit = limits[quota];
    if (limit === null || requested[quota] <= 0 || used[quota] + requested[quota] <= limit) continue;
    const message = `the tenant uses ${used[quota]} of ${limit} ${quota}; this request needs ${requested[quota]} more`;
    return new DatabaseError('quota_exceeded', message, { quota, used: used[quota], limit, asked: requested[quota] });
  }
  return new DatabaseError('internal', 'the request was refused although it is within the quota');
}
