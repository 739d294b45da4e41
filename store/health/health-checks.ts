import { DatabaseError } from '../../domain/errors';
import type { CheckError } from '../../domain/health/check-errors';
import { type CheckPatch, type CheckSettings, type CheckState, changedSettings } from '../../domain/health/checks';
import type { LifecycleState } from '../../domain/states';
import { type Author, auditChange } from '../access/audit';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { type Page, type PageRequest, pageOf, positionOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { databases, shouldBeProbed, thePage } from '../databases/selects';

/** A check as its tenant sees it. */
export interface CheckRecord extends CheckSettings {
  readonly id: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly databaseState: LifecycleState;
  readonly version: string;
  /** The address that users have; null before the database is placed. */
  readonly address: { readonly host: string; readonly port: number } | null;
  readonly enabled: boolean;
  /** Also `unknown` without a recent run, or when no run is expected. */
  readonly state: CheckState;
  /** When the state began; null for `unknown`. */
  readonly since: Date | null;
  /** Consecutive results; one of the two is 0. */
  readonly successes: number;
  readonly failures: number;
  readonly lastCheckedAt: Date | null;
  readonly lastLatencyMs: number | null;
  readonly lastError: CheckError | null;
  readonly lastManualRunAt: Date | null;
  /** When the next run is due; null while the check is disabled. */
  readonly nextAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The version of a check's settings; results do not count. */
export function checkVersion({ id, updatedAt }: CheckRecord): string {
  return versionOf([id, updatedAt]);
}

export interface CheckFilter {
  readonly databaseId?: string | undefined;
  readonly state?: CheckState | undefined;
}

/** The result of one run. */
export interface CheckResult {
  readonly checkedAt: Date;
  readonly latencyMs: number;
  /** Null when the check passed. */
  readonly error: CheckError | null;
}

/** Enabled checks by state, and those that are down, longest first. */
export interface HealthSummary {
  readonly counts: Readonly<Record<CheckState, number>>;
  readonly down: readonly CheckRecord[];
}

/** A requested run, and the time of the request by the store's clock. */
export interface RequestedRun {
  readonly check: CheckRecord;
  readonly requestedAt: Date;
}

/** The maximum number of checks that a summary lists. */
const maxDown = 100;

/**
 * The current state. A database that is stopped, paused or being changed is neither up nor down, and a result older
 * than twice its interval no longer counts.
 */
const shownState = Prisma.sql`
  CASE WHEN NOT checks.enabled OR databases.state <> 'available' OR checks.last_checked_at IS NULL
    OR checks.last_checked_at < now() - make_interval(secs => 2 * checks.interval_seconds) THEN 'unknown'
  ELSE checks.state END`;

const columns = Prisma.sql`
  checks.id, checks.database_id AS "databaseId", databases.name AS "databaseName", databases.state AS "databaseState",
  databases.spec->>'version' AS version,
  (SELECT jsonb_build_object('host', coalesce(instances.address, hosts.address),
      'port', coalesce(instances.host_port, instances.last_port))
    FROM instances JOIN hosts ON hosts.id = instances.host_id
    WHERE instances.database_id = databases.id AND instances.role = 'primary') AS address,
  checks.enabled, checks.interval_seconds AS "intervalSeconds", checks.timeout_seconds AS "timeoutSeconds",
  checks.failure_threshold AS "failureThreshold", checks.success_threshold AS "successThreshold",
  ${shownState} AS state, CASE WHEN ${shownState} <> 'unknown' THEN checks.since END AS since,
  checks.successes, checks.failures, checks.last_checked_at AS "lastCheckedAt",
  checks.last_latency_ms AS "lastLatencyMs", checks.last_error AS "lastError",
  checks.last_manual_run_at AS "lastManualRunAt", CASE WHEN checks.enabled THEN checks.next_at END AS "nextAt",
  checks.created_at AS "createdAt", checks.updated_at AS "updatedAt"`;

const tables = Prisma.sql`health_checks AS checks JOIN ${databases} ON databases.id = checks.database_id`;

/** Health checks as their tenants see them. */
export function createHealthChecks(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /** Null for an unknown id and for another tenant's. */
    async get(tenantId: string, id: string): Promise<CheckRecord | null> {
      return translated('read the health check', () => asTenant(tenantId, (tx) => find(tx, tenantId, id)));
    },

    async list(tenantId: string, { databaseId, state }: CheckFilter, page: PageRequest): Promise<Page<CheckRecord>> {
      const rows = await translated('list health checks', () =>
        asTenant(
          tenantId,
          (tx) => tx.$queryRaw<CheckRecord[]>`
            SELECT ${columns} FROM ${tables}
            WHERE checks.tenant_id = ${tenantId}
              AND (${databaseId ?? null}::text IS NULL OR checks.database_id = ${databaseId ?? null})
              AND (${state ?? null}::text IS NULL OR ${shownState} = ${state ?? null})
              ${thePage('checks', page)}`,
        ),
      );
      return pageOf(rows, page.pageSize, (row) => row);
    },

    /**
     * Changes settings and no results. A check that is enabled again counts from zero and is due now; any other is due
     * within its new interval. Throws `not_found`, `precondition_failed`, `invalid_request`.
     */
    async change(
      tenantId: string,
      id: string,
      patch: CheckPatch,
      ifMatch: Expected,
      author: Author,
    ): Promise<CheckRecord> {
      return translated('change the health check', () =>
        asTenant(tenantId, async (tx) => {
          const before = await lock(tx, tenantId, id);
          requireVersion(ifMatch, checkVersion(before));
          const after = changedSettings(before, patch);
          const enabled = patch.enabled ?? before.enabled;
          const isBack = enabled && !before.enabled;
          await tx.$executeRaw`
            UPDATE health_checks SET enabled = ${enabled}, interval_seconds = ${after.intervalSeconds},
              timeout_seconds = ${after.timeoutSeconds}, failure_threshold = ${after.failureThreshold},
              success_threshold = ${after.successThreshold},
              disruption = CASE WHEN ${isBack} THEN 0 ELSE disruption END,
              next_at = CASE WHEN ${isBack} THEN now()
                ELSE least(next_at, now() + make_interval(secs => ${after.intervalSeconds}::int)) END,
              -- A new version, even within a millisecond of the last change.
              updated_at = greatest(now(), updated_at + interval '1 millisecond')
            WHERE id = ${id} AND tenant_id = ${tenantId}`;
          const change = { before: settingsOf(before), after: settingsOf({ ...after, enabled }) };
          await auditChange(tx, author, { ...subjectOf(tenantId, before), action: 'health_check.update', ...change });
          return required(await find(tx, tenantId, id), id);
        }),
      );
    },

    /**
     * Makes a check due now. Throws `not_found`; `state_conflict` when it is disabled or its database is not expected
     * to be up; `rate_limited`, with the seconds to wait, within the cooldown of the last requested run.
     */
    async requestRun(tenantId: string, id: string, cooldownSeconds: number, author: Author): Promise<RequestedRun> {
      return translated('request a check', () =>
        asTenant(tenantId, async (tx) => {
          const check = await lock(tx, tenantId, id);
          await requireRunnable(tx, check);
          const [cooling] = await tx.$queryRaw<{ seconds: number }[]>`
            SELECT ceil(extract(epoch FROM
              last_manual_run_at + make_interval(secs => ${cooldownSeconds}) - clock_timestamp()))::int AS seconds
            FROM health_checks WHERE id = ${id} AND tenant_id = ${tenantId}`;
          if (cooling !== undefined && cooling.seconds > 0) {
            const message = `the check was last run on request less than ${cooldownSeconds} s ago`;
            throw new DatabaseError('rate_limited', message, { retryAfterSeconds: cooling.seconds });
          }
          const [requested] = await tx.$queryRaw<{ requestedAt: Date }[]>`
            UPDATE health_checks SET next_at = date_trunc('milliseconds', clock_timestamp()),
              last_manual_run_at = date_trunc('milliseconds', clock_timestamp())
            WHERE id = ${id} AND tenant_id = ${tenantId} RETURNING next_at AS "requestedAt"`;
          await auditChange(tx, author, { ...subjectOf(tenantId, check), action: 'health_check.run' });
          return { check, requestedAt: requested?.requestedAt ?? new Date() };
        }),
      );
    },

    /** The check once a run that began after this time has ended; null until then. */
    async after(tenantId: string, id: string, requestedAt: Date): Promise<CheckRecord | null> {
      return translated('look up the result of a check', () =>
        asTenant(tenantId, async (tx) => {
          // A claim moves the due time on, so a run that was already under way does not count.
          const [ended] = await tx.$queryRaw<object[]>`
            SELECT 1 FROM health_checks
            WHERE id = ${id} AND tenant_id = ${tenantId} AND next_at > ${requestedAt} AND holder IS NULL`;
          return ended === undefined ? null : required(await find(tx, tenantId, id), id);
        }),
      );
    },

    /** Results of runs, newest first. Throws `not_found`. */
    async results(tenantId: string, id: string, page: PageRequest): Promise<Page<CheckResult>> {
      const before = page.pageToken === null ? {} : { checkedAt: { lt: positionOf(page.pageToken).at } };
      const rows = await translated('list results', () =>
        asTenant(tenantId, async (tx) => {
          required(await find(tx, tenantId, id), id);
          return tx.healthResult.findMany({
            where: { checkId: id, tenantId, ...before },
            orderBy: { checkedAt: 'desc' },
            take: page.pageSize + 1,
          });
        }),
      );
      const placed = rows.map((row) => ({ ...row, id, createdAt: row.checkedAt }));
      return pageOf(placed, page.pageSize, ({ checkedAt, latencyMs, error }) => ({
        checkedAt,
        latencyMs,
        error: error as unknown as CheckError | null,
      }));
    },

    /** Over the enabled checks. */
    async summary(tenantId: string): Promise<HealthSummary> {
      return translated('summarize the checks', () =>
        asTenant(tenantId, async (tx) => {
          const where = Prisma.sql`checks.tenant_id = ${tenantId} AND checks.enabled`;
          const counts = await countByState(tx, where);
          const down = await tx.$queryRaw<CheckRecord[]>`
            SELECT ${columns} FROM ${tables} WHERE ${where} AND ${shownState} = 'down'
            ORDER BY checks.since, checks.id LIMIT ${maxDown}`;
          return { counts, down };
        }),
      );
    },

    /** Enabled checks of all tenants by state. */
    async counts(): Promise<Record<CheckState, number>> {
      return translated('count the checks', () => countByState(prisma, Prisma.sql`checks.enabled`));
    },

    /** How long the most overdue check has been due, in seconds; 0 when none is. */
    async latenessSeconds(): Promise<number> {
      const [row] = await translated(
        'look up overdue checks',
        () => prisma.$queryRaw<{ seconds: number }[]>`
          SELECT coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(checks.next_at))), 0)::float8 AS seconds
          FROM ${tables} WHERE checks.enabled AND checks.next_at <= now() AND ${shouldBeProbed}`,
      );
      return row?.seconds ?? 0;
    },
  };
}

async function countByState(executor: Executor, where: Prisma.Sql): Promise<Record<CheckState, number>> {
  const rows = await executor.$queryRaw<{ state: CheckState; count: number }[]>`
    SELECT ${shownState} AS state, count(*)::int AS count FROM ${tables} WHERE ${where} GROUP BY 1`;
  const none: Record<CheckState, number> = { unknown: 0, up: 0, down: 0 };
  return rows.reduce((counts, { state, count }) => ({ ...counts, [state]: count }), none);
}

/** The audit's subject. */
function subjectOf(tenantId: string, { id, databaseName }: CheckRecord) {
  return { tenantId, resource: { id, name: databaseName } };
}

/** The settings, for the audit. */
function settingsOf(check: CheckSettings & Pick<CheckRecord, 'enabled'>): object {
  const { enabled, intervalSeconds, timeoutSeconds, failureThreshold, successThreshold } = check;
  return { enabled, intervalSeconds, timeoutSeconds, failureThreshold, successThreshold };
}

async function find(tx: Executor, tenantId: string, id: string): Promise<CheckRecord | null> {
  const [row] = await tx.$queryRaw<CheckRecord[]>`
    SELECT ${columns} FROM ${tables} WHERE checks.id = ${id} AND checks.tenant_id = ${tenantId}`;
  return row ?? null;
}

/** Locks a check's settings for this transaction. Throws `not_found`. */
async function lock(tx: Executor, tenantId: string, id: string): Promise<CheckRecord> {
  await tx.$queryRaw`SELECT 1 FROM health_checks WHERE id = ${id} AND tenant_id = ${tenantId} FOR UPDATE`;
  return required(await find(tx, tenantId, id), id);
}

function required(check: CheckRecord | null, id: string): CheckRecord {
  if (check === null) throw new DatabaseError('not_found', `health check ${id} not found`);
  return check;
}

async function requireRunnable(tx: Executor, { id, enabled, databaseState }: CheckRecord): Promise<void> {
  if (!enabled) throw new DatabaseError('state_conflict', `health check ${id} is disabled`);
  const [runnable] = await tx.$queryRaw<
    object[]
  >`SELECT 1 FROM ${tables} WHERE checks.id = ${id} AND ${shouldBeProbed}`;
  if (runnable !== undefined) return;
  const message = `the database is ${databaseState === 'available' ? 'being changed' : databaseState}, so it is not checked`;
  throw new DatabaseError('state_conflict', message, { currentState: databaseState });
}
