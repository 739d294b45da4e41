import type { HostNoticeType } from '../../domain/notifications/notices';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { databases } from '../databases/selects';
import { raiseAboutHost } from '../notifications/notices';
import { isLive, isSilent } from './liveness';

/** How long the notice of a return waits, at most, for the databases that went down with the host. */
const returnMinutes = 10;

/** The silence of hosts, and their return, as tenants with databases there are notified of it. */
export function createHostSilence(prisma: PrismaClient) {
  return {
    /**
     * Raises one notice for each tenant with databases on a host that has fallen silent. It stands for the notices of its
     * databases that went down since and are not sent yet. Of several callers, one raises it.
     *
     * @returns the ids of these hosts
     */
    async reportSilent(): Promise<string[]> {
      return translated('report silent hosts', () =>
        prisma.$transaction(async (tx) => {
          const silent = await tx.$queryRaw<ReportedHost[]>`
            UPDATE hosts SET silent_since = last_seen_at, returned_at = NULL
            WHERE silent_since IS NULL AND ${isSilent} AND EXISTS (
              SELECT 1 FROM instances JOIN ${databases} ON databases.id = database_id WHERE host_id = hosts.id)
            RETURNING id, silent_since AS "silentSince", now() AS at`;
          for (const host of silent) {
            await notifyTenants(tx, 'host.silent', host);
            await tx.$executeRaw`
              DELETE FROM notification_notices AS notices USING instances
              WHERE instances.host_id = ${host.id} AND instances.database_id = notices.database_id
                AND notices.delivery_id IS NULL AND notices.type = 'database.down' AND notices.at >= ${host.silentSince}`;
          }
          return silent.map(({ id }) => id);
        }),
      );
    },

    /**
     * Raises one notice for each tenant with databases on a host that is back. The notice waits until the databases that
     * went down with the host have recovered or are given up, for ten minutes at most, and lists those that are still down.
     *
     * @returns the ids of these hosts
     */
    async reportBack(): Promise<string[]> {
      return translated('report hosts that are back', () =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRaw`
            UPDATE hosts SET returned_at = CASE WHEN ${isLive} THEN now() END
            WHERE silent_since IS NOT NULL AND (returned_at IS NOT NULL) <> (${isLive})`;
          const back = await tx.$queryRaw<ReportedHost[]>`
            UPDATE hosts SET silent_since = NULL, returned_at = NULL
            FROM (SELECT id, silent_since FROM hosts WHERE returned_at IS NOT NULL FOR UPDATE SKIP LOCKED) AS before
            WHERE hosts.id = before.id AND (
              hosts.returned_at < now() - make_interval(mins => ${returnMinutes}) OR NOT EXISTS (
                SELECT 1 FROM instances
                  JOIN ${databases} ON databases.id = instances.database_id
                  JOIN health_checks AS checks ON checks.database_id = databases.id
                WHERE instances.host_id = hosts.id AND databases.state IN ('available', 'modifying')
                  AND checks.enabled AND checks.state = 'down' AND checks.since >= before.silent_since))
            RETURNING hosts.id, before.silent_since AS "silentSince", now() AS at`;
          for (const host of back) await notifyTenants(tx, 'host.back', host);
          return back.map(({ id }) => id);
        }),
      );
    },
  };
}

interface ReportedHost {
  readonly id: string;
  readonly silentSince: Date;
  readonly at: Date;
}

interface TenantOnHost {
  readonly tenantId: string;
  readonly databaseNames: readonly string[];
  readonly downNames: readonly string[];
}

async function notifyTenants(
  tx: Executor,
  type: HostNoticeType,
  { id: hostId, silentSince, at }: ReportedHost,
): Promise<void> {
  const tenants = await tx.$queryRaw<TenantOnHost[]>`
    SELECT databases.tenant_id AS "tenantId", array_agg(databases.name ORDER BY databases.name) AS "databaseNames",
      coalesce(array_agg(databases.name ORDER BY databases.name) FILTER (WHERE checks.state = 'down'), '{}') AS "downNames"
    FROM ${databases} LEFT JOIN health_checks AS checks ON checks.database_id = databases.id AND checks.enabled
    WHERE EXISTS (SELECT 1 FROM instances WHERE instances.database_id = databases.id AND instances.host_id = ${hostId})
    GROUP BY databases.tenant_id`;
  for (const { tenantId, databaseNames, downNames } of tenants) {
    const data = { hostId, since: silentSince, databaseNames, downNames };
    await raiseAboutHost(tx, { tenantId, hostId, type, data }, at);
  }
}
