import { randomUUID } from 'node:crypto';
import type { CheckError } from '../../domain/health/check-errors';
import { afterRun, type CheckSettings, type Edge, type Standing, standingIn } from '../../domain/health/checks';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { newId } from '../connection/ids';
import { bindToChannels } from '../notifications/bindings';
import { raise } from '../notifications/notices';

/** A check that is to be run now, by who claimed it. */
export interface CheckRun extends CheckSettings, Standing {
  readonly id: string;
  readonly tenantId: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly version: string;
  /** The database's: what is found says nothing of another one. */
  readonly generation: number;
  /** The generation in which successes and failures were counted. */
  readonly countedIn: number;
  readonly since: Date;
  readonly instanceName: string;
  /** Where users reach it. */
  readonly address: { readonly host: string; readonly port: number };
  /** Of this claim alone: one that is claimed anew has another. */
  readonly holder: string;
  /** How much later than it was due it was claimed. */
  readonly lateMs: number;
}

/** What a run found. */
interface Found {
  readonly error: CheckError | null;
  readonly latencyMs: number;
}

/** How long results are kept. */
const keptDays = 7;

/** Databases that get a check, and results that are forgotten, by one statement. */
const batch = 500;
const prunedAtOnce = 10_000;

/**
 * What a lease has beyond the time of the probe, in seconds: a look at the container, and the writing of the result. It
 * runs out only when whoever holds it has died.
 */
const leaseGraceSeconds = 10;

/** Whether nobody is at it, and its time has come; or whoever was at it has died. */
const isDue = Prisma.sql`(
  (checks.lease_until IS NULL AND checks.next_at <= now()) OR checks.lease_until <= now())`;

/** Whether the database is to work: at rest, and nothing has been asked of it. */
export const isAtWork = Prisma.sql`(
  databases.state = 'available' AND NOT EXISTS (
    SELECT 1 FROM operations
    WHERE operations.database_id = databases.id AND operations.state IN ('pending', 'running', 'cancelling')))`;

/**
 * Health checks, one of every database, as whoever carries them out has them. All times are the store's: the clocks of those who
 * monitor do not count.
 *
 * @param defaults how a database is checked that has no check yet
 */
export function createMonitoring(prisma: PrismaClient, defaults: CheckSettings) {
  return {
    /**
     * Gives a check to every database that has none, since it is older than checks are. May be repeated, also by several
     * processes at once.
     *
     * @returns how many were made
     */
    async ensureAll(): Promise<number> {
      for (let made = 0; ; ) {
        const without = await translated('look up databases without a check', () =>
          prisma.database.findMany({ where: { healthCheck: null }, select: { id: true }, take: batch }),
        );
        if (without.length === 0) return made;
        const wanted = JSON.stringify(without.map(({ id: databaseId }) => ({ id: newId(), databaseId })));
        const { intervalSeconds, timeoutSeconds, failureThreshold, successThreshold } = defaults;
        // One that has been deleted meanwhile is left out.
        made += await translated('create health checks', () =>
          prisma.$transaction(async (tx) => {
            const checks = await tx.$queryRaw<{ id: string }[]>`
            INSERT INTO health_checks (id, tenant_id, database_id, interval_seconds, timeout_seconds, failure_threshold,
              success_threshold)
            SELECT made.id, databases.tenant_id, databases.id, ${intervalSeconds}::int, ${timeoutSeconds}::int,
              ${failureThreshold}::int, ${successThreshold}::int
            FROM jsonb_to_recordset(${wanted}::jsonb) AS made(id text, "databaseId" text)
              JOIN databases ON databases.id = made."databaseId"
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
     * Takes checks of a host's databases that are due, oldest first: no other claim has them until the result is recorded
     * or the lease has run out. The time of the next run is set now, a whole number of intervals after the last: what a run
     * takes does not put the next one off, and what was missed is not made up for.
     */
    async claim(hostId: string, most: number): Promise<CheckRun[]> {
      const holder = randomUUID();
      return translated(
        'claim health checks',
        () => prisma.$queryRaw<CheckRun[]>`
          WITH due AS (
            SELECT checks.id, checks.next_at, databases.name, databases.spec->>'version' AS version,
              databases.generation, instances.name AS instance_name, instances.host_port, hosts.address
            FROM health_checks AS checks
              JOIN databases ON databases.id = checks.database_id
              JOIN instances ON instances.database_id = databases.id AND instances.role = 'primary'
              JOIN hosts ON hosts.id = instances.host_id
            WHERE checks.enabled AND instances.host_id = ${hostId} AND ${isDue} AND ${isAtWork}
            ORDER BY checks.next_at LIMIT ${most} FOR UPDATE OF checks SKIP LOCKED),
          claimed AS (
            UPDATE health_checks AS checks SET holder = ${holder},
              lease_until = now() + make_interval(secs => checks.timeout_seconds + ${leaseGraceSeconds}),
              next_at = CASE WHEN checks.next_at > now() THEN checks.next_at
                ELSE checks.next_at + make_interval(secs => checks.interval_seconds * (1 + floor(
                  extract(epoch FROM now() - checks.next_at) / checks.interval_seconds))) END
            FROM due WHERE checks.id = due.id RETURNING checks.*)
          SELECT checks.id, checks.tenant_id AS "tenantId", checks.database_id AS "databaseId",
            due.name AS "databaseName", due.version, due.generation, due.instance_name AS "instanceName",
            jsonb_build_object('host', due.address, 'port', due.host_port) AS address, checks.holder,
            checks.interval_seconds AS "intervalSeconds", checks.timeout_seconds AS "timeoutSeconds",
            checks.failure_threshold AS "failureThreshold", checks.success_threshold AS "successThreshold",
            checks.state, checks.since, checks.successes, checks.failures, checks.generation AS "countedIn",
            greatest(0, extract(epoch FROM clock_timestamp() - due.next_at) * 1000)::float8 AS "lateMs"
          FROM claimed AS checks JOIN due USING (id) ORDER BY due.next_at`,
      );
    },

    /**
     * Writes what a run found, and tells of it where the database has gone down or come back, in one transaction. Nothing
     * is written when the run is no longer the caller's, when the check was switched off, or when something has been
     * asked of the database meanwhile: what was found may be the doing of that.
     *
     * @returns what was told; null for nothing
     */
    async record(run: CheckRun, found: Found): Promise<Edge | null> {
      const { edge, ...after } = afterRun(standingIn(run, run.countedIn, run.generation), found.error === null, run);
      const recorded = await translated('record a check', async () => {
        if (edge === null) return write(prisma, run, after, found);
        return prisma.$transaction(async (tx) => {
          const at = await write(tx, run, after, found);
          if (at !== null) await raise(tx, noticeOf(run, after, found, edge, at), at);
          return at;
        });
      });
      if (recorded !== null) return edge;
      await this.release(run, 'now');
      return null;
    },

    /** Gives a claim back that has come to nothing; to be taken at once, or when its next turn comes. */
    async release({ id, holder }: CheckRun, again: 'now' | 'in its turn'): Promise<void> {
      await translated(
        'release a check',
        () => prisma.$executeRaw`
          UPDATE health_checks SET holder = NULL, lease_until = NULL,
            next_at = CASE WHEN ${again === 'now'} THEN least(next_at, now()) ELSE next_at END
          WHERE id = ${id} AND holder = ${holder}`,
      );
    },

    /** Forgets results whose time is over. */
    async prune(): Promise<void> {
      await translated(
        'delete old check results',
        // By check, as the key has them: nothing else is read, however many there are.
        () => prisma.$executeRaw`
          DELETE FROM health_results USING (
            SELECT old.check_id, old.checked_at FROM health_checks AS checks CROSS JOIN LATERAL (
              SELECT check_id, checked_at FROM health_results
              WHERE check_id = checks.id AND checked_at < now() - make_interval(days => ${keptDays})
              ORDER BY checked_at LIMIT ${prunedAtOnce}) AS old
            LIMIT ${prunedAtOnce}) AS old
          WHERE health_results.check_id = old.check_id AND health_results.checked_at = old.checked_at`,
      );
    },
  };
}

/** Writes columns of results alone, so that settings that change meanwhile stay. Null where nothing may be written. */
async function write(
  executor: Executor,
  { id, holder, generation }: CheckRun,
  { state, successes, failures }: Standing,
  { error, latencyMs }: Found,
): Promise<Date | null> {
  const cause = error === null ? null : JSON.stringify(error);
  const [row] = await executor.$queryRaw<{ checkedAt: Date }[]>`
    WITH recorded AS (
      UPDATE health_checks AS checks SET state = ${state},
        since = CASE WHEN checks.state = ${state} THEN checks.since ELSE now() END,
        successes = ${successes}, failures = ${failures}, generation = ${generation}, last_checked_at = now(),
        last_latency_ms = ${latencyMs}, last_error = ${cause}::jsonb, holder = NULL, lease_until = NULL
      FROM databases
      WHERE checks.id = ${id} AND checks.holder = ${holder} AND checks.enabled
        AND databases.id = checks.database_id AND databases.generation = ${generation}
      RETURNING checks.id, checks.tenant_id, checks.last_checked_at),
    kept AS (
      INSERT INTO health_results (check_id, tenant_id, checked_at, latency_ms, error)
      SELECT id, tenant_id, last_checked_at, ${latencyMs}, ${cause}::jsonb FROM recorded)
    SELECT last_checked_at AS "checkedAt" FROM recorded`;
  return row?.checkedAt ?? null;
}

function noticeOf(
  { id, tenantId, databaseId, databaseName, version, address, since }: CheckRun,
  { failures }: Standing,
  { error, latencyMs }: Found,
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
