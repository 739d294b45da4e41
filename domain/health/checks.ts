import { z } from 'zod';
import { DatabaseError } from '../errors';

/** What is known of a database by its check: nothing before the first run that decides. */
export const checkStates = ['unknown', 'up', 'down'] as const;
export type CheckState = (typeof checkStates)[number];

/** How a database is checked. */
export interface CheckSettings {
  readonly intervalSeconds: number;
  /** How long one probe may take; less than the interval. */
  readonly timeoutSeconds: number;
  /** So many failures in a row make it down. */
  readonly failureThreshold: number;
  /** So many successes in a row make it up. */
  readonly successThreshold: number;
}

export const defaultCheckSettings: CheckSettings = {
  intervalSeconds: 60,
  timeoutSeconds: 5,
  failureThreshold: 3,
  successThreshold: 1,
};

const threshold = z.int().min(1).max(100);

/** What each of the settings may be, by itself. */
export const checkSettingsShape = {
  intervalSeconds: z.int().min(2).max(86_400),
  timeoutSeconds: z.int().min(1).max(60),
  failureThreshold: threshold,
  successThreshold: threshold,
} satisfies Readonly<Record<keyof CheckSettings, z.ZodType>>;

/** What is absent stays. */
export type CheckPatch = {
  readonly [Setting in keyof CheckSettings]?: CheckSettings[Setting] | undefined;
} & { readonly enabled?: boolean | undefined };

/** The rule between them: a probe ends before the next one begins. */
export function isTimeoutBelowInterval({ timeoutSeconds, intervalSeconds }: CheckSettings): boolean {
  return timeoutSeconds < intervalSeconds;
}

/** Settings with a patch on them. Throws `invalid_request` where they do not go together. */
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

/** Where a check stands: one of the counts is 0. */
export interface Standing {
  readonly state: CheckState;
  /** In a row. */
  readonly successes: number;
  readonly failures: number;
}

/** What people are told of: a database that is down, and one that was and is up again. */
export type Edge = 'down' | 'recovered';

/**
 * Where a check stands after one more run, and what is to be told of it. Every state is entered by its threshold alone;
 * what goes on in a state tells nothing.
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
 * What was counted before an operation came between says nothing any more: the first run after it counts from zero. The
 * state stays, so that whoever was told of a database that is down is told when it is up again.
 */
export function standingIn(standing: Standing, countedIn: number, generation: number): Standing {
  return countedIn === generation ? standing : { ...standing, successes: 0, failures: 0 };
}
