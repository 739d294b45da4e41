import { ApplicationFailure } from '@temporalio/common';
import { DatabaseError, type Problem, problemOfError } from '../domain/errors';
import type { ChannelRef, DeliveryPace, DeliveryRef } from '../domain/notifications/deliveries';
import { nextAttemptAfterMs } from '../domain/notifications/deliveries';
import type { Notifier } from '../notifications/notifier';
import { newId } from '../store/connection/ids';
import type { Attempt } from '../store/notifications/deliveries';
import type { Store } from '../store/store';
import type { DeliveryActivities } from './types';

export interface DeliveryDependencies {
  readonly store: Store;
  readonly notifier: Notifier;
  readonly pace: DeliveryPace;
}

/** Activities that deliver messages: the one place that sends them. */
export function createDeliveryActivities({ store, notifier, pace }: DeliveryDependencies): DeliveryActivities {
  /** Records a failed attempt, and returns a failure that carries the delay of the next one. */
  async function recorded(attempt: Attempt, problem: Problem): Promise<ApplicationFailure> {
    const { id, attempts, sinceBeganMs } = attempt;
    const { code, message, details = {} } = problem;
    const { retryAfterSeconds } = details;
    const requestedDelaySeconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null;
    const delayMs =
      code === 'delivery_failed'
        ? nextAttemptAfterMs({ attempts, sinceBeganMs, retryAfterSeconds: requestedDelaySeconds }, pace)
        : null;
    await store.deliveries.failed(id, { code, message }, delayMs);
    const next = delayMs === null ? { nonRetryable: true } : { nextRetryDelay: delayMs };
    return ApplicationFailure.create({ type: code, message, ...next });
  }

  return {
    async sendNotification({ deliveryId }: DeliveryRef): Promise<void> {
      const attempt = await store.deliveries.begin(deliveryId);
      if (attempt === null) return;
      try {
        if (attempt.receiver === null) throw new DatabaseError('delivery_refused', 'the channel is disabled');
        await notifier.send(attempt.receiver, attempt);
      } catch (error) {
        throw await recorded(attempt, problemOfError(error));
      }
      // If this fails or the worker dies here, the message is sent again with the same id.
      await store.deliveries.delivered(deliveryId);
    },

    async sendTestMessage({ tenantId, channelId }: ChannelRef): Promise<void> {
      const receiver = await store.channels.receiver(tenantId, channelId);
      await notifier.send(receiver, { id: newId(), type: 'test', at: new Date(), notices: [] });
    },
  };
}
