import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf, send } from '../http';

/** Longer than any restart: what is not answered by then has failed. */
const patienceMs = 15_000;

const pauseMs = 50;

export interface RetryingClient {
  /** The body of a 2xx answer. A request that any API does not take now goes to the next one, with the same Idempotency-Key. */
  ask<Body>(method: string, path: string, body?: object): Promise<Body>;
  /** How often a request was sent again. */
  retries(): number;
  close(): void;
}

/** A client as a careful caller is one: it keeps connections, and asks again what was refused for now or cut off. */
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
          // Answered by an API that ends or by one that died: what it was is known to the next one.
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
