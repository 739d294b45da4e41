import type { Message } from './message';

/** The payload of a webhook (Standard Webhooks, "Payload structure"). Further facts of a notice are in its `data`. */
export function webhookPayload({ type, at, subject, items, notices }: Message): object {
  return {
    type,
    timestamp: at.toISOString(),
    data: {
      summary: subject,
      notices: notices.map((notice, index) => ({
        ...notice,
        at: notice.at.toISOString(),
        summary: items[index]?.line,
        links: items[index]?.links,
      })),
    },
  };
}
