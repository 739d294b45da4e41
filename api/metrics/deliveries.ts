import { Gauge, type Registry } from 'prom-client';
import { channelKinds } from '../../domain/notifications/channels';
import type { DeliveryAge, DeliveryCount, DeliveryStatus } from '../../store/counts';

const statuses: readonly DeliveryStatus[] = ['waiting', 'delivered', 'failed'];

/** The messages to channels, and the age of the oldest undelivered one. */
export function addDeliveries(
  registry: Registry,
  counts: readonly DeliveryCount[],
  ages: readonly DeliveryAge[],
): void {
  const deliveries = new Gauge({
    name: 'slipway_notification_deliveries',
    help: 'Notification messages of the last month, by channel kind and status.',
    labelNames: ['kind', 'status'],
    registers: [registry],
  });
  const oldest = new Gauge({
    name: 'slipway_oldest_notification_age_seconds',
    help: 'Age of the oldest undelivered notification, by channel kind; 0 when there is none.',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of channelKinds) {
    for (const status of statuses) deliveries.set({ kind, status }, 0);
    oldest.set({ kind }, 0);
  }
  for (const { kind, status, count } of counts) deliveries.set({ kind, status }, count);
  for (const { kind, seconds } of ages) oldest.set({ kind }, seconds);
}
