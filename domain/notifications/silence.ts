import { silentAfterSeconds } from '../capacity/hosts';
import type { CheckSettings } from '../health/checks';

/**
 * Whether the notice that a host is silent covers a database there that went down: it has not answered since the host fell
 * silent. A database that answers workers of other hosts, and goes down later, gets a notice of its own.
 */
export function isCoveredBySilence(
  downAt: Date,
  { intervalSeconds, failureThreshold }: Pick<CheckSettings, 'intervalSeconds' | 'failureThreshold'>,
  silentSince: Date,
): boolean {
  const secondsAfter = (downAt.getTime() - silentSince.getTime()) / 1000;
  const answeredSecondsAfter = secondsAfter - failureThreshold * intervalSeconds;
  return secondsAfter >= 0 && answeredSecondsAfter < silentAfterSeconds;
}
