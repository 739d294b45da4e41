import { z } from 'zod';

const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

const expected = 'expected a time such as 2026-11-21T06:00:00Z, or a duration such as 10m (s, m, h or d) before now';

/** A point in time: in RFC 3339 with any number of fractional digits, or as a duration before now. */
export const sinceQuery = z
  .union([z.iso.datetime({ offset: true }).regex(/^[12]/), z.string().regex(/^[0-9]{1,6}[smhd]$/)], { error: expected })
  .optional();

/** The time that a `sinceQuery` stands for: in UTC with nine fractional digits, like the times of log lines. */
export function sinceOf(since: string, now: Date): string {
  const duration = /^(\d+)([smhd])$/.exec(since);
  if (duration === null) {
    const [, digits = ''] = /\.(\d+)/.exec(since) ?? [];
    return withFraction(new Date(since), digits);
  }
  const [, count, unit] = duration as unknown as [string, string, keyof typeof unitSeconds];
  return withFraction(new Date(now.getTime() - Number(count) * unitSeconds[unit] * 1000), '');
}

/** A `Date` has only milliseconds, so the fractional digits are taken as written. */
function withFraction(time: Date, digits: string): string {
  return `${time.toISOString().slice(0, 19)}.${digits.slice(0, 9).padEnd(9, '0')}Z`;
}
