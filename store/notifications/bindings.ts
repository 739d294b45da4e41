import { DatabaseError } from '../../domain/errors';
import { boundNoticeTypes, type NoticeType } from '../../domain/notifications/notices';
import { type Author, auditChange } from '../access/audit';
import { translated } from '../connection/errors';
import type { Executor } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { databases } from '../databases/selects';

/** The notices about one database that a channel receives. */
export interface BindingRecord {
  readonly channelId: string;
  readonly notices: readonly NoticeType[];
  readonly enabled: boolean;
  /** When the channel last accepted a message about this database. */
  readonly lastNotifiedAt: Date | null;
}

export type Binding = Omit<BindingRecord, 'lastNotifiedAt'>;

/** The version of a check's set of bindings. */
export function bindingsVersion(bindings: readonly BindingRecord[]): string {
  return versionOf(bindings.map(({ channelId, notices, enabled }) => [channelId, notices, enabled]));
}

/** The number of the advisory lock for binding new checks and new channels to each other. */
const bindingLock = 5_754_794;

/** Bindings: which channels receive which notices about a database. */
export function createBindings(asTenant: TenantScope) {
  return {
    /** By channel. Throws `not_found` for an unknown check. */
    async list(tenantId: string, healthCheckId: string): Promise<BindingRecord[]> {
      return translated('list bindings', () =>
        asTenant(tenantId, async (tx) => {
          const check = await tx.healthCheck.findFirst({
            where: { id: healthCheckId, tenantId, database: { deletedAt: null } },
            select: { id: true },
          });
          if (check === null) throw unknownCheck(healthCheckId);
          return read(tx, healthCheckId);
        }),
      );
    },

    /**
     * Replaces the bindings of a check, all or none. Throws `not_found`, `precondition_failed`, and `invalid_request`
     * for an unknown or repeated channel.
     */
    async replace(
      tenantId: string,
      healthCheckId: string,
      bindings: readonly Binding[],
      ifMatch: Expected,
      author: Author,
    ): Promise<BindingRecord[]> {
      return translated('replace bindings', () =>
        asTenant(tenantId, async (tx) => {
          const [check] = await tx.$queryRaw<object[]>`
            SELECT 1 FROM health_checks AS checks JOIN ${databases} ON databases.id = checks.database_id
            WHERE checks.id = ${healthCheckId} AND checks.tenant_id = ${tenantId} FOR NO KEY UPDATE OF checks`;
          if (check === undefined) throw unknownCheck(healthCheckId);
          const before = await read(tx, healthCheckId);
          requireVersion(ifMatch, bindingsVersion(before));
          await requireChannels(tx, tenantId, bindings);
          const channelIds = bindings.map(({ channelId }) => channelId);
          await tx.notificationBinding.deleteMany({ where: { healthCheckId, channelId: { notIn: channelIds } } });
          for (const { channelId, notices, enabled } of bindings) {
            const settings = { notices: [...notices], enabled };
            await tx.notificationBinding.upsert({
              where: { healthCheckId_channelId: { healthCheckId, channelId } },
              create: { healthCheckId, channelId, tenantId, ...settings },
              update: settings,
              select: { channelId: true },
            });
          }
          const resource = { id: healthCheckId, name: '' };
          const change = { action: 'binding.update', before: { bindings: before.map(bindingOf) }, after: { bindings } };
          await auditChange(tx, author, { tenantId, resource, ...change });
          return read(tx, healthCheckId);
        }),
      );
    },
  };
}

/** Binds a new channel to every check, in the transaction that creates the channel. */
export async function bindToAllChecks(tx: Executor, tenantId: string, channelId: string): Promise<void> {
  // Alone: a check created concurrently would not see the channel, nor the channel the check.
  await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${bindingLock})`;
  await tx.$executeRaw`
    INSERT INTO notification_bindings (health_check_id, channel_id, tenant_id, notices, enabled)
    SELECT id, ${channelId}, tenant_id, ${[...boundNoticeTypes]}, true FROM health_checks WHERE tenant_id = ${tenantId}`;
}

/** Binds new checks to the enabled channels, in the transaction that creates the checks. */
export async function bindToChannels(tx: Executor, healthCheckIds: readonly string[]): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock_shared(${bindingLock})`;
  await tx.$executeRaw`
    INSERT INTO notification_bindings (health_check_id, channel_id, tenant_id, notices, enabled)
    SELECT health_checks.id, channels.id, channels.tenant_id, ${[...boundNoticeTypes]}, true
    FROM health_checks JOIN notification_channels AS channels ON channels.tenant_id = health_checks.tenant_id
    WHERE health_checks.id = ANY(${healthCheckIds}) AND channels.enabled
    FOR KEY SHARE OF channels`;
}

/** The settable part of a binding. */
function bindingOf({ channelId, notices, enabled }: BindingRecord): Binding {
  return { channelId, notices, enabled };
}

async function read(tx: Executor, healthCheckId: string): Promise<BindingRecord[]> {
  const rows = await tx.notificationBinding.findMany({ where: { healthCheckId }, orderBy: { channelId: 'asc' } });
  return rows.map(({ channelId, notices, enabled, lastNotifiedAt }) => ({
    channelId,
    notices: notices as NoticeType[],
    enabled,
    lastNotifiedAt,
  }));
}

/** Checks and locks the channels: a concurrent removal would take its binding along, and falsify the answer. */
async function requireChannels(tx: Executor, tenantId: string, bindings: readonly Binding[]): Promise<void> {
  const channelIds = bindings.map(({ channelId }) => channelId);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM notification_channels WHERE tenant_id = ${tenantId} AND id = ANY(${channelIds}) ORDER BY id FOR KEY SHARE`;
  const known = new Set(rows.map(({ id }) => id));
  const errors = channelIds.flatMap((received, index) => {
    const field = `items.${index}.channelId`;
    if (!known.has(received)) return [{ field, expected: 'the id of an existing channel', received }];
    return channelIds.indexOf(received) < index ? [{ field, expected: 'each channel at most once', received }] : [];
  });
  if (errors.length === 0) return;
  const message = errors.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
  throw new DatabaseError('invalid_request', message, { errors });
}

function unknownCheck(id: string): DatabaseError {
  return new DatabaseError('not_found', `health check ${id} not found`);
}
