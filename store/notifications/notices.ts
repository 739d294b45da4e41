import type { NoticeType } from '../../domain/notifications/notices';
import type { Executor } from '../connection/executor';
import { json } from '../databases/records';

export type { NoticeType } from '../../domain/notifications/notices';

export interface Notice {
  readonly tenantId: string;
  /** Null for what is about a host. */
  readonly databaseId: string | null;
  readonly operationId?: string | null;
  readonly type: NoticeType;
  /** What a message about it needs; never a secret. */
  readonly data: unknown;
}

/** Tells of something, in the transaction of what it tells: an event for its tenant, and the outbox of who is to be told. */
export async function raise(tx: Executor, notice: Notice, at: Date): Promise<void> {
  const { tenantId, databaseId, operationId = null, type, data } = notice;
  await tx.event.create({
    data: { tenantId, databaseId, operationId, type, data: json(data), at },
    select: { sequence: true },
  });
  await enqueue(tx, notice, at);
}

/**
 * Writes into the outbox of every channel that is to be told: those that a binding of the database's check chooses, and of
 * orphans, which have no database, those that want to know. The outbox is only ever added to here: who tells something
 * waits for nobody.
 */
export async function enqueue(tx: Executor, notice: Notice, at: Date): Promise<void> {
  const { tenantId, databaseId, operationId = null, type, data } = notice;
  // A channel that goes meanwhile is left out, by the lock; without it the reference would fail.
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
