import { randomUUID } from 'node:crypto';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';

/** A request of an API, with a tenant's key. One that is sent again is the same: so is its Idempotency-Key. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** With a body it is a change, which has an Idempotency-Key. */
export function callOf(key: string, method: string, path: string, body?: object): Call {
  const authorization = `Bearer ${key}`;
  if (body === undefined) return { method, path, headers: { authorization }, text: undefined };
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  return { method, path, headers, text: JSON.stringify(body) };
}

/** Rejects when there is no whole answer. */
export async function send(agent: Agent, url: string, { method, path, headers, text }: Call): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = httpRequest({ agent, hostname, port, method, path, headers });
    sending.once('response', resolve).once('error', reject);
    sending.end(text);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}
