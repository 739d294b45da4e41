import { randomBytes } from 'node:crypto';
import { newId } from '../../store/connection/ids';
import type { NewChannel } from '../../store/notifications/channels';
import { query } from './database';
import { uniqueName } from './test-store';

/** The signing secret of a test's channels. */
export const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;

export function newWebhook(changes: Partial<NewChannel> = {}): NewChannel {
  return {
    name: uniqueName(),
    kind: 'webhook',
    config: { url: 'https://example.com/hook', secret: webhookSecret },
    onOrphanFound: true,
    enabled: true,
    bindToAll: true,
    ...changes,
  };
}

/** Inserts a delivered message to a channel, without notices. */
export async function toldDelivery(databaseUrl: string, tenantId: string, channelId: string): Promise<string> {
  const id = newId();
  await query(
    databaseUrl,
    `INSERT INTO notification_deliveries (id, tenant_id, channel_id, type, state, attempts, created_at, updated_at, sent_at)
     VALUES ($1, $2, $3, 'database.down', 'delivered', 1, now(), now(), now())`,
    [id, tenantId, channelId],
  );
  return id;
}
