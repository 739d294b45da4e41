import type { ChannelKind } from '../domain/notifications/channels';
import type { OperationKind } from '../domain/operations/kinds';
import type { LifecycleState, OperationState } from '../domain/states';
import { translated } from './connection/errors';
import type { PrismaClient } from './connection/executor';
import { databases } from './databases/selects';

export interface DatabaseCount {
  readonly version: string;
  readonly state: LifecycleState;
  readonly count: number;
}

export interface OperationCount {
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly count: number;
}

/** How long ended operations of a kind took, from acceptance to end. */
export interface OperationDuration {
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly count: number;
  readonly seconds: number;
}

/** The age of the oldest open operation in a state. */
export interface OperationAge {
  readonly state: OperationState;
  readonly seconds: number;
}

/** The status of a message in a channel's log. */
export type DeliveryStatus = 'waiting' | 'delivered' | 'failed';

export interface DeliveryCount {
  readonly kind: ChannelKind;
  readonly status: DeliveryStatus;
  readonly count: number;
}

/** The age of the oldest undelivered notice or message for channels of a kind. */
export interface DeliveryAge {
  readonly kind: ChannelKind;
  readonly seconds: number;
}

/**
 * Counts over all tenants. Ended operations have counters of their own, which stay when retention removes them; all else
 * is counted on each call, so that no figure drifts from the records.
 */
export function createCounts(prisma: PrismaClient) {
  return {
    async databases(): Promise<DatabaseCount[]> {
      return translated(
        'count the databases',
        () =>
          prisma.$queryRaw<DatabaseCount[]>`
          SELECT spec->>'version' AS version, state, count(*)::int AS count FROM ${databases} GROUP BY 1, 2`,
      );
    },

    async operations(): Promise<OperationCount[]> {
      return translated(
        'count the operations',
        () =>
          prisma.$queryRaw<OperationCount[]>`
          SELECT kind, state, count::float8 AS count FROM operation_counts
          UNION ALL
          SELECT kind, state, count(*)::float8 AS count FROM operations
          WHERE state IN ('pending', 'running', 'cancelling') GROUP BY 1, 2`,
      );
    },

    async durations(): Promise<OperationDuration[]> {
      return translated(
        'add up the durations of operations',
        () =>
          prisma.$queryRaw<OperationDuration[]>`
          SELECT kind, state, count::float8 AS count, seconds FROM operation_counts`,
      );
    },

    /** By the store's clock: other processes may have written the times. */
    async ages(): Promise<OperationAge[]> {
      return translated(
        'find the oldest operations',
        () =>
          prisma.$queryRaw<OperationAge[]>`
          SELECT state, greatest(0, extract(epoch FROM clock_timestamp() - min(created_at)))::float8 AS seconds
          FROM operations WHERE state IN ('pending', 'running', 'cancelling') GROUP BY 1`,
      );
    },

    /** Messages in the log, which keeps a month. */
    async deliveries(): Promise<DeliveryCount[]> {
      return translated(
        'count the deliveries',
        () =>
          prisma.$queryRaw<DeliveryCount[]>`
          SELECT channels.kind, count(*)::int AS count,
            CASE WHEN deliveries.state IN ('pending', 'sending') THEN 'waiting' ELSE deliveries.state END AS status
          FROM notification_deliveries AS deliveries
            JOIN notification_channels AS channels ON channels.id = deliveries.channel_id
          GROUP BY channels.kind, status`,
      );
    },

    /** A notice in no message waits since it was raised; a message since its first attempt, or since it became due. */
    async deliveryAges(): Promise<DeliveryAge[]> {
      return translated(
        'find the oldest deliveries',
        () =>
          prisma.$queryRaw<DeliveryAge[]>`
          SELECT channels.kind, greatest(0, extract(epoch FROM clock_timestamp() - min(waiting.at)))::float8 AS seconds
          FROM (
            SELECT channel_id, created_at AS at FROM notification_notices WHERE delivery_id IS NULL
            UNION ALL
            -- A redelivered message was created long ago.
            SELECT channel_id, coalesce(began_at, updated_at) FROM notification_deliveries
            WHERE state IN ('pending', 'sending')
          ) AS waiting JOIN notification_channels AS channels ON channels.id = waiting.channel_id
          GROUP BY channels.kind`,
      );
    },
  };
}
