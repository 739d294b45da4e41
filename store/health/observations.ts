import { disruptiveKinds } from '../../domain/operations/kinds';
import { isRequested } from '../../domain/operations/operations';
import type { ObservedState } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { newId } from '../connection/ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';
import { type DatabaseRecord, json } from '../databases/records';
import { databases } from '../databases/selects';
import { raise } from '../notifications/notices';

/** One observation of an instance. */
export interface Observation {
  readonly instanceId: string;
  /** The database's disruption when it was observed; an observation of another one does not count. */
  readonly disruption: number;
  readonly state: ObservedState;
  readonly intervalSeconds: number;
  /** Why it is not healthy, for people; null when there is no reason to give. */
  readonly detail: string | null;
  /** As the host reports it; null when there is no container. */
  readonly containerState: string | null;
  readonly exitCode: number | null;
  /** Whether the container's last run ended because it was out of memory. */
  readonly oomKilled: boolean;
  /** When a process in it was last killed for memory, even if the container kept running; null when none was. */
  readonly oomKilledAt: Date | null;
  readonly startedAt: Date | null;
  /** Parameters whose new value takes a restart. */
  readonly pendingRestart: readonly string[];
}

/** An object with our labels that belongs to no record. */
export interface Orphan {
  readonly tenantId: string;
  readonly databaseId: string;
  readonly kind: 'container' | 'volume' | 'network';
  readonly name: string;
}

export interface ObservedOrphan extends Orphan {
  /** Whether it was observed before. */
  readonly confirmed: boolean;
}

export interface OrphanRecord extends Orphan {
  readonly id: string;
  readonly hostId: string;
  /** When it was first observed. */
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** The kinds after which a new start of a container is no restart; a repair's start is one. */
const restarting = disruptiveKinds.filter(isRequested);

/** Observations by monitors, apart from the records of operations. */
export function createObservations(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /**
     * Writes observations of instances whose database still has the observed disruption. A new start time counts as a
     * restart unless a requested operation that disrupts came between.
     *
     * @param agoMs how long ago they were made, by the caller's monotonic clock
     */
    async observe(observations: readonly Observation[], agoMs: number): Promise<void> {
      if (observations.length === 0) return;
      const rows = JSON.stringify(observations);
      await translated(
        'write observed statuses',
        () => prisma.$executeRaw`
          INSERT INTO observed_statuses AS old (instance_id, tenant_id, state, interval_seconds, observed_at, detail,
            container_state, exit_code, oom_killed, oom_killed_at, started_at, pending_restart, disruption)
          SELECT instances.id, instances.tenant_id, seen.state, seen."intervalSeconds", now() - ${agoMs} * interval '1 millisecond', seen.detail,
            seen."containerState", seen."exitCode", seen."oomKilled", seen."oomKilledAt", seen."startedAt",
            ARRAY(SELECT jsonb_array_elements_text(seen."pendingRestart")), seen.disruption
          FROM jsonb_to_recordset(${rows}::jsonb) AS seen("instanceId" text, disruption int, state text,
              "intervalSeconds" int, detail text, "containerState" text, "exitCode" int,
              "oomKilled" boolean, "oomKilledAt" timestamptz, "startedAt" timestamptz, "pendingRestart" jsonb)
            JOIN instances ON instances.id = seen."instanceId"
            JOIN ${databases} ON databases.id = instances.database_id AND databases.disruption = seen.disruption
          ON CONFLICT (instance_id) DO UPDATE SET
            state = excluded.state, interval_seconds = excluded.interval_seconds, observed_at = excluded.observed_at,
            detail = excluded.detail, container_state = excluded.container_state, exit_code = excluded.exit_code,
            oom_killed = excluded.oom_killed, disruption = excluded.disruption,
            oom_killed_at = greatest(old.oom_killed_at, excluded.oom_killed_at),
            started_at = coalesce(excluded.started_at, old.started_at),
            restarts = old.restarts + CASE
              WHEN excluded.started_at <> old.started_at AND NOT EXISTS (
                SELECT 1 FROM operations JOIN instances ON instances.database_id = operations.database_id
                WHERE instances.id = old.instance_id AND operations.kind = ANY (${restarting})
                  AND operations.disruption > old.disruption AND operations.disruption <= excluded.disruption)
              THEN 1 ELSE 0 END,
            -- An engine that was not asked but keeps running has the same.
            pending_restart = CASE
              WHEN excluded.state <> 'healthy' AND excluded.container_state IN ('running', 'paused')
              THEN old.pending_restart ELSE excluded.pending_restart END`,
      );
    },

    /** Records an event about drift that is not being repaired. */
    async reportDrift({ id, tenantId, name }: DatabaseRecord, reasons: readonly string[]): Promise<void> {
      const data = json({ databaseName: name, reasons });
      await translated('record a drift', async () =>
        prisma.event.create({
          data: { tenantId, databaseId: id, type: 'database.drifted', data, at: await storeTime(prisma) },
          select: { sequence: true },
        }),
      );
    },

    /**
     * Replaces a host's orphans, and raises a notice for each new one. An unconfirmed orphan is only kept if it is
     * known.
     */
    async replaceOrphans(hostId: string, orphans: readonly ObservedOrphan[]): Promise<void> {
      const rows = JSON.stringify(orphans.map((orphan) => ({ id: newId(), ...orphan })));
      await translated('write orphans', () =>
        prisma.$transaction(async (tx) => {
          const at = await storeTime(tx);
          const newOrphans = await tx.$queryRaw<Orphan[]>`
          WITH seen AS (
            SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
              AS seen(id text, "tenantId" text, "databaseId" text, kind text, name text, confirmed boolean)),
          gone AS (
            DELETE FROM orphans WHERE host_id = ${hostId} AND NOT EXISTS (
              SELECT 1 FROM seen WHERE seen.kind = orphans.kind AND seen.name = orphans.name)),
          written AS (
            INSERT INTO orphans (id, tenant_id, host_id, database_id, kind, name, created_at, last_seen_at)
            SELECT id, "tenantId", ${hostId}, "databaseId", kind, name, ${at}, ${at} FROM seen
            WHERE confirmed OR EXISTS (
              SELECT 1 FROM orphans WHERE host_id = ${hostId} AND orphans.kind = seen.kind AND orphans.name = seen.name)
            ON CONFLICT (host_id, kind, name) DO UPDATE SET last_seen_at = excluded.last_seen_at
            RETURNING *)
          SELECT tenant_id AS "tenantId", database_id AS "databaseId", kind, name
          FROM written WHERE id IN (SELECT id FROM seen)`;
          for (const { tenantId, databaseId, kind, name } of newOrphans) {
            await raise(tx, { tenantId, databaseId, type: 'orphan.found', data: { hostId, kind, name } }, at);
          }
        }),
      );
    },

    async orphans(tenantId: string, page: PageRequest): Promise<Page<OrphanRecord>> {
      const rows = await translated('list orphans', () =>
        asTenant(tenantId, (tx) =>
          tx.orphan.findMany({
            where: { tenantId, ...afterToken(page.pageToken) },
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, (row) => ({ ...row, kind: row.kind as Orphan['kind'] }));
    },
  };
}
