import { proxyActivities } from '@temporalio/workflow';
import type { DeliveryActivities } from '../activities/types';
import type { ChannelRef, DeliveryRef } from '../domain/notifications/deliveries';

const options = {
  // Longer than an attempt's own timeouts, so that the attempt reports the reason.
  startToCloseTimeout: '30 seconds',
  // Missing heartbeats reveal that a worker was killed.
  heartbeatTimeout: '3 seconds',
} as const;

const { sendNotification } = proxyActivities<DeliveryActivities>({
  ...options,
  // Each attempt sets the delay until the next one, or ends the retries. These delays apply when the store is
  // unavailable.
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

const { sendTestMessage } = proxyActivities<DeliveryActivities>({ ...options, retry: { maximumAttempts: 1 } });

/** Delivers one message to its recipient at least once, or records why it could not. */
export async function deliverNotification(delivery: DeliveryRef): Promise<void> {
  await sendNotification(delivery);
}

/** Sends a test message to a channel, once, for a caller who waits for the result. */
export async function testChannel(channel: ChannelRef): Promise<void> {
  await sendTestMessage(channel);
}
