import { DatabaseError } from '../errors';
import type { Size } from '../spec';

/** What a tenant's quota counts. Sidecars do not count, and neither does what a failed create has left. */
export const quotaNames = ['databases', 'nanoCpus', 'memoryBytes'] as const;
export type QuotaName = (typeof quotaNames)[number];

export type Amounts = Readonly<Record<QuotaName, number>>;

/** Null stands for any amount. */
export type Limits = Readonly<Record<QuotaName, number | null>>;

export interface Quota {
  readonly limits: Limits;
  readonly used: Amounts;
}

/** What a database that holds the one size takes more when it holds the other; null for nothing at all. */
export function amountsBetween(from: Size | null, to: Size | null): Amounts {
  return {
    databases: Number(to !== null) - Number(from !== null),
    nanoCpus: (to?.nanoCpus ?? 0) - (from?.nanoCpus ?? 0),
    memoryBytes: (to?.memoryBytes ?? 0) - (from?.memoryBytes ?? 0),
  };
}

/** The refusal of what is asked beside what is used: it names the first limit that would be passed. */
export function quotaExceeded({ limits, used }: Quota, asked: Amounts): DatabaseError {
  for (const quota of quotaNames) {
    const limit = limits[quota];
    if (limit === null || asked[quota] <= 0 || used[quota] + asked[quota] <= limit) continue;
    const message = `the tenant uses ${used[quota]} of ${limit} ${quota}; this request needs ${asked[quota]} more`;
    return new DatabaseError('quota_exceeded', message, { quota, used: used[quota], limit, asked: asked[quota] });
  }
  return new DatabaseError('internal', 'the request was refused although it is within the quota');
}
