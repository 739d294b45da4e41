import { randomUUID } from 'node:crypto';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';

/** An API request with a tenant's key. A retry sends the same request, with the same Idempotency-Key. */
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

/** A request with a body is a change, and gets an Idempotency-Key. */
export function callOf(key: string, method: string, path: string, body?: object): Call {
  const authorization = `Bearer ${key}`;
  if (body === undefined) return { method, path, headers: { authorization }, text: undefined };
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  return { method, path, headers, text: JSON.stringify(body) };
}

/** Rejects without a complete response. */
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
