import { z } from 'zod';
import { DatabaseError } from '../errors';

/** The state of a check: `unknown` until enough runs decide. */
export const checkStates = ['unknown', 'up', 'down'] as const;
export type CheckState = (typeof checkStates)[number];

/** The settings of a health check. */
export interface CheckSettings {
  readonly intervalSeconds: number;
  /** The timeout of one probe, less than the interval. */
  readonly timeoutSeconds: number;
  /** Consecutive failures that make it `down`. */
  readonly failureThreshold: number;
  /** Consecutive successes that make it `up`. */
  readonly successThreshold: number;
}

export const defaultCheckSettings: CheckSettings = {
  intervalSeconds: 60,
  timeoutSeconds: 5,
  failureThreshold: 3,
  successThreshold: 1,
};

const threshold = z.int().min(1).max(100);

/** The valid range of each setting on its own. */
export const checkSettingsShape = {
  intervalSeconds: z.int().min(2).max(86_400),
  timeoutSeconds: z.int().min(1).max(60),
  failureThreshold: threshold,
  successThreshold: threshold,
} satisfies Readonly<Record<keyof CheckSettings, z.ZodType>>;

/** Absent fields keep their values. */
export type CheckPatch = {
  readonly [Setting in keyof CheckSettings]?: CheckSettings[Setting] | undefined;
} & { readonly enabled?: boolean | undefined };

/** A probe must end before the next one begins. */
export function isTimeoutBelowInterval({ timeoutSeconds, intervalSeconds }: CheckSettings): boolean {
  return timeoutSeconds < intervalSeconds;
}

/** Settings after a patch. Throws `invalid_request` for an invalid combination. */
export function changedSettings(before: CheckSettings, patch: CheckPatch): CheckSettings {
  const after = {
    intervalSeconds: patch.intervalSeconds ?? before.intervalSeconds,
    timeoutSeconds: patch.timeoutSeconds ?? before.timeoutSeconds,
    failureThreshold: patch.failureThreshold ?? before.failureThreshold,
    successThreshold: patch.successThreshold ?? before.successThreshold,
  };
  if (isTimeoutBelowInterval(after)) return after;
  const [field, expected] =
    patch.timeoutSeconds === undefined
      ? (['intervalSeconds', `more than timeoutSeconds (${after.timeoutSeconds})`] as const)
      : (['timeoutSeconds', `less than intervalSeconds (${after.intervalSeconds})`] as const);
  const errors = [{ field, expected, received: String(after[field]) }];
  throw new DatabaseError('invalid_request', `${field}: expected ${expected}`, { errors });
}

/** The state and counts of a check; at least one of the counts is 0. */
export interface Standing {
  readonly state: CheckState;
  /** Consecutive, as are the failures. */
  readonly successes: number;
  readonly failures: number;
}

/** The changes that raise a notice: a database goes down, or recovers. */
export type Edge = 'down' | 'recovered';

/**
 * A check's standing after one more run, and the edge to notify about. The state changes only when a count reaches its
 * threshold, and a notice is raised only when the state changes.
 */
export function afterRun(
  { state, successes, failures }: Standing,
  isSuccess: boolean,
  { failureThreshold, successThreshold }: Pick<CheckSettings, 'failureThreshold' | 'successThreshold'>,
): Standing & { readonly edge: Edge | null } {
  if (isSuccess) {
    const count = successes + 1;
    const isUp = count >= successThreshold;
    const edge = isUp && state === 'down' ? 'recovered' : null;
    return { state: isUp ? 'up' : state, successes: count, failures: 0, edge };
  }
  const count = failures + 1;
  const isDown = count >= failureThreshold;
  const edge = isDown && state !== 'down' ? 'down' : null;
  return { state: isDown ? 'down' : state, successes: 0, failures: count, edge };
}

/**
 * Resets counts from before a disruption: the first run after it starts from zero. The state stays, so that recipients
 * of `database.down` learn of the recovery.
 */
export function standingIn(standing: Standing, countedIn: number, disruption: number): Standing {
  return countedIn === disruption ? standing : { ...standing, successes: 0, failures: 0 };
}
