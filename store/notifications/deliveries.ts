import { DatabaseError, type Problem } from '../../domain/errors';
import type { Receiver } from '../../domain/notifications/channels';
import type { NoticeType, RaisedNotice } from '../../domain/notifications/notices';
import { type Author, auditChange } from '../access/audit';
import type { Cipher } from '../connection/cipher';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { Prisma, type PrismaClient } from '../connection/executor';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';
import { json } from '../databases/records';
import type * as generated from '../generated/client';
import { receiverOf } from './channels';

export const deliveryStates = ['pending', 'sending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** A message to a channel, and its progress. */
export interface DeliveryRecord {
  readonly id: string;
  readonly type: NoticeType;
  readonly state: DeliveryState;
  /** Since it was created, or redelivered. */
  readonly attempts: number;
  /** Of the last attempt; null when that succeeded. */
  readonly error: Problem | null;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly sentAt: Date | null;
  readonly notices: readonly Pick<RaisedNotice, 'databaseId' | 'operationId' | 'at'>[];
}

/** One attempt to deliver a message. */
export interface Attempt {
  readonly id: string;
  readonly type: NoticeType;
  readonly at: Date;
  readonly notices: readonly RaisedNotice[];
  /** Its number, from 1. */
  readonly attempts: number;
  /** The time since the first attempt, by the store's clock. */
  readonly sinceBeganMs: number;
  /** Null when its channel is disabled. */
  readonly receiver: Receiver | null;
}

const retentionDays = 30;

const withNotices = { notices: { orderBy: { sequence: 'asc' } } } as const;

/** Messages under way, and the log of ended ones. All times are the store's. */
export function createDeliveries(prisma: PrismaClient, asTenant: TenantScope, cipher: Cipher) {
  return {
    /** Begins an attempt; null when the message has ended. Throws `secret_unreadable`. */
    async begin(id: string): Promise<Attempt | null> {
      return translated('start a delivery', async () => {
        const [started] = await prisma.$queryRaw<{ sinceBeganMs: number; now: Date }[]>`
          UPDATE notification_deliveries SET state = 'sending', attempts = attempts + 1, next_attempt_at = NULL,
            began_at = coalesce(began_at, now()), updated_at = clock_timestamp()
          WHERE id = ${id} AND state IN ('pending', 'sending')
          RETURNING (extract(epoch FROM now() - began_at) * 1000)::float8 AS "sinceBeganMs", now() AS now`;
        if (started === undefined) return null;
        const row = await prisma.notificationDelivery.findUnique({
          where: { id },
          include: { ...withNotices, channel: true },
        });
        if (row === null) return null;
        const { type, createdAt: at, attempts, channel } = row;
        const receiver = channel.enabled ? receiverOf(cipher, channel, started.now) : null;
        const notices = row.notices.map(noticeRecord);
        return { id, type: type as NoticeType, at, notices, attempts, sinceBeganMs: started.sinceBeganMs, receiver };
      });
    },

    /** Records that the recipient accepted the message: its channel and the bindings of its notices were notified. */
    async delivered(id: string): Promise<void> {
      await translated('record a delivery', () =>
        prisma.$transaction([
          prisma.$executeRaw`
            UPDATE notification_deliveries SET state = 'delivered', sent_at = now(), next_attempt_at = NULL, error = NULL,
              updated_at = clock_timestamp() WHERE id = ${id}`,
          prisma.$executeRaw`
            UPDATE notification_channels SET last_notified_at = now()
            WHERE id = (SELECT channel_id FROM notification_deliveries WHERE id = ${id})`,
          prisma.$executeRaw`
            UPDATE notification_bindings AS bindings SET last_notified_at = now()
            FROM notification_notices AS notices JOIN health_checks ON health_checks.database_id = notices.database_id
            WHERE notices.delivery_id = ${id} AND bindings.channel_id = notices.channel_id
              AND bindings.health_check_id = health_checks.id`,
        ]),
      );
    },

    /** @param delayMs until the next attempt; null when there is none */
    async failed(id: string, error: Problem, delayMs: number | null): Promise<void> {
      await translated(
        'record an attempt',
        () => prisma.$executeRaw`
          UPDATE notification_deliveries SET state = ${delayMs === null ? 'failed' : 'sending'},
            error = ${JSON.stringify(json(error))}::jsonb, updated_at = clock_timestamp(),
            next_attempt_at = now() + ${delayMs}::float8 * interval '1 millisecond'
          WHERE id = ${id} AND state IN ('pending', 'sending')`,
      );
    },

    /** Messages without an attempt, oldest first. */
    async pending(limit: number): Promise<string[]> {
      const rows = await translated('list deliveries', () =>
        prisma.notificationDelivery.findMany({
          where: { state: 'pending' },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          take: limit,
          select: { id: true },
        }),
      );
      return rows.map(({ id }) => id);
    },

    /** Messages being sent, by id, after this one. */
    async sending(afterId: string, limit: number): Promise<{ readonly id: string; readonly updatedAt: Date }[]> {
      return translated('list deliveries', () =>
        prisma.notificationDelivery.findMany({
          where: { state: 'sending', id: { gt: afterId } },
          orderBy: { id: 'asc' },
          take: limit,
          select: { id: true, updatedAt: true },
        }),
      );
    },

    /** Ends a message without a run, unless it has changed since it was read. */
    async abort(
      { id, updatedAt }: { readonly id: string; readonly updatedAt: Date },
      error: Problem,
    ): Promise<boolean> {
      const { count } = await translated('end a delivery', async () =>
        prisma.notificationDelivery.updateMany({
          where: { id, state: 'sending', updatedAt },
          data: { state: 'failed', error: json(error), nextAttemptAt: null, updatedAt: await storeTime(prisma) },
        }),
      );
      return count > 0;
    },

    /** Sends an ended message again, with the same id. Throws `not_found`, `state_conflict`. */
    async redeliver(tenantId: string, channelId: string, id: string, author: Author): Promise<DeliveryRecord> {
      return translated('redeliver a message', () =>
        asTenant(tenantId, async (tx) => {
          const where = { id, channelId, tenantId };
          const { count } = await tx.notificationDelivery.updateMany({
            where: { ...where, state: { in: ['delivered', 'failed'] } },
            data: {
              state: 'pending',
              attempts: 0,
              beganAt: null,
              error: Prisma.DbNull,
              updatedAt: await storeTime(tx),
            },
          });
          const row = await tx.notificationDelivery.findFirst({ where, include: withNotices });
          if (row === null) throw new DatabaseError('not_found', `delivery ${id} of channel ${channelId} not found`);
          if (count === 0) {
            const details = { currentState: row.state };
            throw new DatabaseError('state_conflict', `delivery ${id} is still in progress`, details);
          }
          await auditChange(tx, author, { tenantId, resource: { id, name: row.type }, action: 'delivery.redeliver' });
          return deliveryRecord(row);
        }),
      );
    },

    async list(tenantId: string, channelId: string, page: PageRequest): Promise<Page<DeliveryRecord>> {
      const rows = await translated('list deliveries', () =>
        asTenant(tenantId, (tx) =>
          tx.notificationDelivery.findMany({
            where: { tenantId, channelId, ...afterToken(page.pageToken) },
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
            include: withNotices,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, deliveryRecord);
    },

    /** Deletes messages that ended before the retention time. */
    async prune(): Promise<void> {
      await translated(
        'delete old deliveries',
        () => prisma.$executeRaw`
          DELETE FROM notification_deliveries
          WHERE state IN ('delivered', 'failed') AND updated_at < now() - ${retentionDays} * interval '1 day'`,
      );
    },
  };
}

function noticeRecord({ type, databaseId, operationId, at, data }: generated.NotificationNotice): RaisedNotice {
  return { type: type as NoticeType, databaseId, operationId, at, data };
}

function deliveryRecord(row: Prisma.NotificationDeliveryGetPayload<{ include: typeof withNotices }>): DeliveryRecord {
  const { id, type, state, attempts, error, createdAt, nextAttemptAt, sentAt, notices } = row;
  return {
    id,
    type: type as NoticeType,
    state: state as DeliveryState,
    attempts,
    error: error as Problem | null,
    createdAt,
    nextAttemptAt,
    sentAt,
    notices: notices.map(({ databaseId, operationId, at }) => ({ databaseId, operationId, at })),
  };
}
