import { randomUUID } from 'node:crypto';
import type { CheckError } from '../../domain/health/check-errors';
import { afterRun, type CheckSettings, type Edge, type Standing, standingIn } from '../../domain/health/checks';
import { isCoveredBySilence } from '../../domain/notifications/silence';
import { isCheckedElsewhere } from '../capacity/liveness';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { newId } from '../connection/ids';
import { databases, shouldBeProbed } from '../databases/selects';
import { bindToChannels } from '../notifications/bindings';
import { raise, recordEvent } from '../notifications/notices';

/** A claimed check, to be run now. */
export interface CheckRun extends CheckSettings, Standing {
  readonly id: string;
  readonly tenantId: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly version: string;
  /** The database's disruption; a result does not count for another one. */
  readonly disruption: number;
  /** The disruption in which successes and failures were counted. */
  readonly countedIn: number;
  readonly since: Date;
  readonly instanceName: string;
  readonly hostId: string;
  /** Whether the worker that runs it serves another host. */
  readonly isElsewhere: boolean;
  /** The address that users have. */
  readonly address: { readonly host: string; readonly port: number };
  /** The id of this claim; every claim has another. */
  readonly holder: string;
  /** How long after its due time it was claimed. */
  readonly overdueMs: number;
}

/** The result of a run. */
interface RunResult {
  readonly error: CheckError | null;
  readonly latencyMs: number;
}

const retentionDays = 7;

/** Databases that get a check, and results that are deleted, by one statement. */
const batch = 500;
const prunedAtOnce = 10_000;

/**
 * What a lease adds to the probe's timeout, in seconds: inspecting the container and writing the result. A lease
 * expires only when its holder has died.
 */
const leaseGraceSeconds = 10;

/** Due and unclaimed, or its lease has expired. */
const isDue = Prisma.sql`(
  (checks.lease_until IS NULL AND checks.next_at <= now()) OR checks.lease_until <= now())`;

/**
 * Health checks, one per database, for those who run them. All times are the store's: monitors' clocks do not count.
 *
 * @param defaults the settings of a check for a database that has none
 */
export function createMonitoring(prisma: PrismaClient, defaults: CheckSettings) {
  return {
    /**
     * Creates a check for every database without one, which is older than health checks. May be repeated, also by
     * several processes at once.
     *
     * @returns how many were created
     */
    async ensureAll(): Promise<number> {
      for (let created = 0; ; ) {
        const without = await translated('look up databases without a check', () =>
          prisma.database.findMany({
            where: { healthCheck: null, deletedAt: null },
            select: { id: true },
            take: batch,
          }),
        );
        if (without.length === 0) return created;
        const newChecks = JSON.stringify(without.map(({ id: databaseId }) => ({ id: newId(), databaseId })));
        const { intervalSeconds, timeoutSeconds, failureThreshold, successThreshold } = defaults;
        // Leaves out a database that was deleted since.
        created += await translated('create health checks', () =>
          prisma.$transaction(async (tx) => {
            const checks = await tx.$queryRaw<{ id: string }[]>`
            INSERT INTO health_checks (id, tenant_id, database_id, interval_seconds, timeout_seconds, failure_threshold,
              success_threshold)
            SELECT made.id, databases.tenant_id, databases.id, ${intervalSeconds}::int, ${timeoutSeconds}::int,
              ${failureThreshold}::int, ${successThreshold}::int
            FROM jsonb_to_recordset(${newChecks}::jsonb) AS made(id text, "databaseId" text)
              JOIN ${databases} ON databases.id = made."databaseId"
            ON CONFLICT (database_id) DO NOTHING RETURNING id`;
            await bindToChannels(
              tx,
              checks.map(({ id }) => id),
            );
            return checks.length;
          }),
        );
      }
    },

    /**
     * Claims due checks, oldest first: of a host's databases, and then of hosts that were not seen for some time. No other
     * claim gets them until the result is recorded or the lease expires. The next run is scheduled now, a whole number of
     * intervals after the last: a slow run does not delay it, and missed runs are not made up for.
     */
    async claim(hostId: string, limit: number): Promise<CheckRun[]> {
      const holder = randomUUID();
      return translated(
        'claim health checks',
        () => prisma.$queryRaw<CheckRun[]>`
          WITH due AS (
            SELECT checks.id, checks.next_at, databases.name, databases.spec->>'version' AS version,
              databases.disruption, instances.name AS instance_name, instances.host_port, hosts.id AS host_id,
              coalesce(instances.address, hosts.address) AS address
            FROM health_checks AS checks
              JOIN ${databases} ON databases.id = checks.database_id
              JOIN instances ON instances.database_id = databases.id AND instances.role = 'primary'
              JOIN hosts ON hosts.id = instances.host_id
            WHERE checks.enabled AND ${isDue} AND ${shouldBeProbed} AND instances.host_id = ANY (ARRAY(
              SELECT hosts.id FROM hosts WHERE hosts.id = ${hostId} OR ${isCheckedElsewhere}))
            ORDER BY instances.host_id <> ${hostId}, checks.next_at LIMIT ${limit} FOR UPDATE OF checks SKIP LOCKED),
          claimed AS (
            UPDATE health_checks AS checks SET holder = ${holder},
              lease_until = now() + make_interval(secs => checks.timeout_seconds + ${leaseGraceSeconds}),
              next_at = CASE WHEN checks.next_at > now() THEN checks.next_at
                ELSE checks.next_at + make_interval(secs => checks.interval_seconds * (1 + floor(
                  extract(epoch FROM now() - checks.next_at) / checks.interval_seconds))) END
            FROM due WHERE checks.id = due.id RETURNING checks.*)
          SELECT checks.id, checks.tenant_id AS "tenantId", checks.database_id AS "databaseId",
            due.name AS "databaseName", due.version, due.disruption, due.instance_name AS "instanceName",
            due.host_id AS "hostId", due.host_id <> ${hostId} AS "isElsewhere",
            jsonb_build_object('host', due.address, 'port', due.host_port) AS address, checks.holder,
            checks.interval_seconds AS "intervalSeconds", checks.timeout_seconds AS "timeoutSeconds",
            checks.failure_threshold AS "failureThreshold", checks.success_threshold AS "successThreshold",
            checks.state, checks.since, checks.successes, checks.failures, checks.disruption AS "countedIn",
            greatest(0, extract(epoch FROM clock_timestamp() - due.next_at) * 1000)::float8 AS "overdueMs"
          FROM claimed AS checks JOIN due USING (id) ORDER BY due.next_at`,
      );
    },

    /**
     * Writes the result of a run, and raises a notice when the database goes down or recovers, in one transaction. If the
     * notice that its host is silent, or back, covers the change, only its event is written. Nothing is written when the
     * claim has passed to another run, when the check was disabled, or when an operation that disrupts was accepted since:
     * the result may be that operation's doing.
     *
     * @returns the change that the notice is about; null for none
     */
    async record(run: CheckRun, result: RunResult): Promise<Edge | null> {
      const { edge, ...after } = afterRun(standingIn(run, run.countedIn, run.disruption), result.error === null, run);
      const recorded = await translated('record a check', async () => {
        if (edge === null) return write(prisma, run, after, result);
        return prisma.$transaction(async (tx) => {
          const at = await write(tx, run, after, result);
          if (at === null) return null;
          const notify = (await isCovered(tx, run, edge === 'down' ? at : run.since)) ? recordEvent : raise;
          await notify(tx, noticeOf(run, after, result, edge, at), at);
          return at;
        });
      });
      if (recorded !== null) return edge;
      await this.release(run, 'now');
      return null;
    },

    /** Releases a claim without a result. The next run is due now, or on schedule. */
    async release({ id, holder }: CheckRun, next: 'now' | 'on schedule'): Promise<void> {
      await translated(
        'release a check',
        () => prisma.$executeRaw`
          UPDATE health_checks SET holder = NULL, lease_until = NULL,
            next_at = CASE WHEN ${next === 'now'} THEN least(next_at, now()) ELSE next_at END
          WHERE id = ${id} AND holder = ${holder}`,
      );
    },

    /** Deletes expired results. */
    async prune(): Promise<void> {
      await translated(
        'delete old check results',
        // By check, in the order of the key, so that however many results there are, only expired ones are read.
        () => prisma.$executeRaw`
          DELETE FROM health_results USING (
            SELECT old.check_id, old.checked_at FROM health_checks AS checks CROSS JOIN LATERAL (
              SELECT check_id, checked_at FROM health_results
              WHERE check_id = checks.id AND checked_at < now() - make_interval(days => ${retentionDays})
              ORDER BY checked_at LIMIT ${prunedAtOnce}) AS old
            LIMIT ${prunedAtOnce}) AS old
          WHERE health_results.check_id = old.check_id AND health_results.checked_at = old.checked_at`,
      );
    },
  };
}

/** Writes result columns only, so that a concurrent change of settings stays. Null when nothing may be written. */
async function write(
  executor: Executor,
  { id, holder, disruption }: CheckRun,
  { state, successes, failures }: Standing,
  { error, latencyMs }: RunResult,
): Promise<Date | null> {
  const cause = error === null ? null : JSON.stringify(error);
  const [row] = await executor.$queryRaw<{ checkedAt: Date }[]>`
    WITH recorded AS (
      UPDATE health_checks AS checks SET state = ${state},
        since = CASE WHEN checks.state = ${state} THEN checks.since ELSE now() END,
        successes = ${successes}, failures = ${failures}, disruption = ${disruption}, last_checked_at = now(),
        last_latency_ms = ${latencyMs}, last_error = ${cause}::jsonb, holder = NULL, lease_until = NULL
      FROM ${databases}
      WHERE checks.id = ${id} AND checks.holder = ${holder} AND checks.enabled
        AND databases.id = checks.database_id AND databases.disruption = ${disruption}
      RETURNING checks.id, checks.tenant_id, checks.last_checked_at),
    kept AS (
      INSERT INTO health_results (check_id, tenant_id, checked_at, latency_ms, error)
      SELECT id, tenant_id, last_checked_at, ${latencyMs}, ${cause}::jsonb FROM recorded)
    SELECT last_checked_at AS "checkedAt" FROM recorded`;
  return row?.checkedAt ?? null;
}

/** Whether a notice about its host covers a database that went down at this time. */
async function isCovered(tx: Executor, run: CheckRun, downAt: Date): Promise<boolean> {
  // Locked, so that this is before the notice or after it.
  const [host] = await tx.$queryRaw<{ silentSince: Date | null }[]>`
    SELECT silent_since AS "silentSince" FROM hosts WHERE id = ${run.hostId} FOR SHARE`;
  const silentSince = host?.silentSince ?? null;
  return silentSince !== null && isCoveredBySilence(downAt, run, silentSince);
}

function noticeOf(
  { id, tenantId, databaseId, databaseName, version, address, since }: CheckRun,
  { failures }: Standing,
  { error, latencyMs }: RunResult,
  edge: Edge,
  at: Date,
) {
  const common = { checkId: id, databaseName, engine: { name: 'postgresql', version }, address, checkedAt: at };
  if (edge === 'down') {
    return { tenantId, databaseId, type: 'database.down', data: { ...common, since: at, failures, error } } as const;
  }
  const data = { ...common, since: at, downSince: since, failures, error, latencyMs };
  return { tenantId, databaseId, type: 'database.recovered', data } as const;
}
