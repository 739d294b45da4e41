import type { Receiver } from '../domain/notifications/channels';
import { discordPayload } from './discord';
import { type Gathered, type Links, type Message, messageOf } from './message';
import { postJson } from './post';
import type { Egress } from './resolve';
import { signedHeaders } from './signature';
import { slackPayload } from './slack';
import { sendMail } from './smtp';
import { webhookPayload } from './webhook';

/** The port through which messages are sent. */
export interface Notifier {
  /**
   * Sends one message, once. Throws `delivery_refused` if a retry cannot succeed, and otherwise `delivery_failed`, with
   * `retryAfterSeconds` if the recipient requests a delay.
   */
  send(receiver: Receiver, gathered: Gathered): Promise<void>;
}

/** Sends over HTTP and SMTP, only to permitted addresses. */
export function createNotifier(egress: Egress, links: Links): Notifier {
  return {
    async send(receiver, gathered) {
      const message = messageOf(gathered, links);
      switch (receiver.kind) {
        case 'webhook':
          return sendWebhook(receiver, message, egress);
        case 'slack':
          return postJson(receiver.url, {}, JSON.stringify(slackPayload(message)), egress);
        case 'discord':
          return postJson(receiver.url, {}, JSON.stringify(discordPayload(message)), egress);
        case 'smtp':
          return sendMail(receiver, message, egress);
      }
    },
  };
}

async function sendWebhook(
  { url, secrets }: Extract<Receiver, { kind: 'webhook' }>,
  message: Message,
  egress: Egress,
): Promise<void> {
  const body = JSON.stringify(webhookPayload(message));
  await postJson(url, signedHeaders({ id: message.id, sentAt: new Date(), body }, secrets), body, egress);
}
