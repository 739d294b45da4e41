import { proxyActivities } from '@temporalio/workflow';
import type { DeliveryActivities } from '../activities/types';
import type { ChannelRef, DeliveryRef } from '../domain/notifications/deliveries';

const options = {
  // Longer than an attempt takes on its own deadlines, so that the reason comes from it.
  startToCloseTimeout: '30 seconds',
  // A worker that was killed is noticed by its silence.
  heartbeatTimeout: '3 seconds',
} as const;

const { sendNotification } = proxyActivities<DeliveryActivities>({
  ...options,
  // Each attempt says itself when the next one comes, and which is the last. This is for when the store is away.
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

const { sendTestMessage } = proxyActivities<DeliveryActivities>({ ...options, retry: { maximumAttempts: 1 } });

/** Brings one message to its receiver, at least once, or says on its record why not. */
export async function deliverNotification(delivery: DeliveryRef): Promise<void> {
  await sendNotification(delivery);
}

/** Sends a channel a message that says nothing, once, for somebody who waits for how it goes. */
export async function testChannel(channel: ChannelRef): Promise<void> {
  await sendTestMessage(channel);
}
