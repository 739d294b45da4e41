import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Answer } from '../../support/http';
import type { FuzzRequest } from './requests';

/** Longer than any answer takes; a request that hangs is a finding. */
const timeoutMs = 15_000;

/** A request past what `fetch` puts right: any path, any header that Node sends, any bytes. A stream is left at once. */
export async function send(
  agent: Agent,
  url: string,
  { method, target, headers, body }: Omit<FuzzRequest, 'bearer'>,
): Promise<Answer<unknown>> {
  const { hostname, port } = new URL(url);
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = httpRequest({ agent, hostname, port, method, path: target, headers, signal });
    // Node leaves it out of a DELETE: the body would be the next request.
    if (body !== null) sending.setHeader('content-length', Buffer.byteLength(body));
    sending.once('response', resolve).once('error', reject);
    sending.end(body ?? undefined);
  });
  const answered = new Headers(
    Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string]),
  );
  const type = answered.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    response.destroy();
    return { status: response.statusCode ?? 0, headers: answered, body: '' };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson = /json/.test(type) && text !== '';
  return { status: response.statusCode ?? 0, headers: answered, body: isJson ? JSON.parse(text) : text };
}
