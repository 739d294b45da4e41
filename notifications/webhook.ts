import type { Message } from './message';

/** What a program is sent (Standard Webhooks, "Payload structure"). What a notice says beside stands in its `data`. */
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
