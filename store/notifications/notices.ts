import { type HostNoticeType, hostNotices, type NoticeType } from '../../domain/notifications/notices';
import type { Executor } from '../connection/executor';
import { json } from '../databases/records';
import { databases } from '../databases/selects';

export type { NoticeType } from '../../domain/notifications/notices';

export interface Notice {
  readonly tenantId: string;
  /** Null for a notice about a host. */
  readonly databaseId: string | null;
  readonly operationId?: string | null;
  readonly type: NoticeType;
  /** The content for a message; never a secret. */
  readonly data: unknown;
}

/** Raises a notice in the transaction of its cause: an event for the tenant, and outbox entries for the recipients. */
export async function raise(tx: Executor, notice: Notice, at: Date): Promise<void> {
  await recordEvent(tx, notice, at);
  await enqueue(tx, notice, at);
}

/** The same for a notice about a host. */
export async function raiseAboutHost(tx: Executor, notice: HostNotice, at: Date): Promise<void> {
  await recordEvent(tx, { ...notice, databaseId: null }, at);
  await enqueueAboutHost(tx, notice, at);
}

/** Writes the event of a notice that nobody is sent. */
export async function recordEvent(tx: Executor, notice: Notice, at: Date): Promise<void> {
  const { tenantId, databaseId, operationId = null, type, data } = notice;
  await tx.event.create({
    data: { tenantId, databaseId, operationId, type, data: json(data), at },
    select: { sequence: true },
  });
}

/**
 * Writes a notice to the outbox of its recipients: channels bound to the database's check, and for orphans, which have
 * no database, channels with `onOrphanFound`. It only inserts, so the caller waits for no one.
 */
export async function enqueue(tx: Executor, notice: Notice, at: Date): Promise<void> {
  const { tenantId, databaseId, operationId = null, type, data } = notice;
  // The lock leaves out a channel that is removed concurrently; without it the reference would fail.
  await tx.$executeRaw`
    INSERT INTO notification_notices (tenant_id, channel_id, type, database_id, operation_id, data, at)
    SELECT channels.tenant_id, channels.id, ${type}, ${databaseId}, ${operationId}, ${JSON.stringify(data)}::jsonb, ${at}
    FROM notification_channels AS channels
    WHERE channels.tenant_id = ${tenantId} AND channels.enabled AND (
      (${type} = 'orphan.found' AND channels.on_orphan_found) OR EXISTS (
        SELECT 1 FROM notification_bindings AS bindings JOIN health_checks ON health_checks.id = bindings.health_check_id
        WHERE bindings.channel_id = channels.id AND health_checks.database_id = ${databaseId}
          AND bindings.enabled AND ${type} = ANY(bindings.notices)))
    ORDER BY channels.id
    FOR KEY SHARE OF channels`;
}

/** A notice about a host to one tenant with databases there. */
export interface HostNotice extends Pick<Notice, 'tenantId' | 'data'> {
  readonly hostId: string;
  readonly type: HostNoticeType;
}

/**
 * Writes a notice about a host to the outbox of the tenant's channels that get the corresponding notice about any of its
 * databases there (`hostNotices`).
 */
export async function enqueueAboutHost(
  tx: Executor,
  { tenantId, hostId, type, data }: HostNotice,
  at: Date,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO notification_notices (tenant_id, channel_id, type, data, at)
    SELECT channels.tenant_id, channels.id, ${type}, ${JSON.stringify(data)}::jsonb, ${at}
    FROM notification_channels AS channels
    WHERE channels.tenant_id = ${tenantId} AND channels.enabled AND EXISTS (
      SELECT 1 FROM notification_bindings AS bindings
        JOIN health_checks ON health_checks.id = bindings.health_check_id
        JOIN instances ON instances.database_id = health_checks.database_id
        JOIN ${databases} ON databases.id = health_checks.database_id
      WHERE bindings.channel_id = channels.id AND instances.host_id = ${hostId}
        AND bindings.enabled AND ${hostNotices[type]} = ANY(bindings.notices))
    ORDER BY channels.id
    FOR KEY SHARE OF channels`;
}
