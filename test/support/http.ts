import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, expectInContract } from './contract';

export type { Answer } from './contract';

export interface ApiClient {
  readonly url: string;
  readonly key: string;
  /** Sends a JSON request with the administrator's key. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a request as given, without adding a key or a content type. */
  raw(path: string, init?: RequestInit): Promise<Answer>;
  /** Waits for an operation to finish; returns it. */
  finished(operationId: string, timeoutMs?: number): Promise<any>;
  /** Requests an operation and waits for it to succeed; otherwise throws an error that contains the operation. */
  succeeded(method: string, path: string, body?: unknown): Promise<{ readonly operation: any; readonly database: any }>;
}

export function createApiClient(url: string, key: string): ApiClient {
  async function raw(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(new URL(path, url), init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    expectInContract(init.method ?? 'GET', response.url, answer);
    return answer;
  }

  const client: ApiClient = {
    url,
    key,
    raw,
    send: (method, path, body, headers = {}) =>
      raw(path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),

    async finished(operationId, timeoutMs = 90_000) {
      for (const deadline = Date.now() + timeoutMs; ; ) {
        const { status, body } = await client.send('GET', `/v1/operations/${operationId}?wait=10s`);
        if (status === 200 && body.done) return body;
        if (Date.now() > deadline) throw new Error(`operation ${operationId} is not finished: ${JSON.stringify(body)}`);
        if (status !== 200) await delay(50);
      }
    },

    async succeeded(method, path, body) {
      const accepted = await client.send(method, path, body);
      if (accepted.status !== 202)
        throw new Error(`${method} ${path}: ${accepted.status} ${JSON.stringify(accepted.body)}`);
      const operation = await client.finished(accepted.body.operation.id);
      if (operation.state !== 'succeeded') throw new Error(`${method} ${path}: ${JSON.stringify(operation)}`);
      return { operation, database: accepted.body.database };
    },
  };
  return client;
}
