import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf, send } from '../http';

/** Longer than any restart: a request without a response by then has failed. */
const patienceMs = 15_000;

const pauseMs = 50;

export interface RetryingClient {
  /**
   * The body of a 2xx response. A request that an API cannot take now goes to the next one, with the same
   * Idempotency-Key.
   */
  ask<Body>(method: string, path: string, body?: object): Promise<Body>;
  /** Number of retries so far. */
  retries(): number;
  close(): void;
}

/** A client like a careful caller: it keeps connections, and retries requests that were refused for now or cut off. */
export function createRetryingClient(urls: readonly string[], key: string): RetryingClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  let turn = 0;
  let retries = 0;

  return {
    async ask<Body>(method: string, path: string, body?: object): Promise<Body> {
      const call = callOf(key, method, path, body);
      for (const deadline = performance.now() + patienceMs; ; retries += 1) {
        turn += 1;
        const url = urls[turn % urls.length] ?? '';
        const answer = await send(agent, url, call).catch((cause: unknown) => ({ cause }));
        if ('status' in answer) {
          if (answer.status < 300) return JSON.parse(answer.text) as Body;
          // The API is shutting down, or the API that had the request died: the next one knows the outcome.
          const isForNow = answer.status === 503 || /"code":"request_in_progress"/.test(answer.text);
          if (!isForNow) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
        }
        if (performance.now() > deadline)
          throw new Error(`${method} ${path}: not answered`, 'cause' in answer ? answer : {});
        await delay(pauseMs);
      }
    },
    retries: () => retries,
    close: () => agent.destroy(),
  };
}
