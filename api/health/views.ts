import type { CheckRecord, CheckResult, HealthSummary } from '../../store/health/health-checks';
import type { OrphanRecord } from '../../store/health/observations';
import type { ReconcilerRecord } from '../../store/health/reconcilers';

export function orphanView({ id, kind, name, hostId, databaseId, createdAt, lastSeenAt }: OrphanRecord): object {
  return { id, kind, name, hostId, databaseId, firstSeenAt: createdAt, lastSeenAt };
}

/** The state is `unknown` once the last pass is older than twice the interval, as the status of an instance is. */
export function reconcilerView({ intervalSeconds, ageSeconds, ...report }: ReconcilerRecord): object {
  const { hostId, state, reason, since, databases, drifted, passedAt } = report;
  const isOld = ageSeconds > 2 * intervalSeconds;
  return { hostId, state: isOld ? 'unknown' : state, reason, since, databases, drifted, passedAt };
}

export function checkView({ databaseState: _of, version: _its, address: _at, nextAt, ...check }: CheckRecord): object {
  return { ...check, nextCheckAt: nextAt };
}

export function checkResultView({ checkedAt, latencyMs, error }: CheckResult): object {
  return { checkedAt, healthy: error === null, latencyMs, error };
}

export function healthView({ counts, down }: HealthSummary): object {
  return {
    enabled: counts.up + counts.down + counts.unknown,
    ...counts,
    databasesDown: down.map(({ id, databaseId, databaseName, version, address, lastCheckedAt, lastError, since }) => ({
      checkId: id,
      databaseId,
      name: databaseName,
      engine: { name: 'postgresql', version },
      address,
      lastCheckedAt,
      lastError,
      since,
    })),
  };
}
