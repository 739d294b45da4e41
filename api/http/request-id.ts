import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a caller may choose as a request id: it goes into logs, so it is short and plain. */
const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` if it is acceptable, else a new one; given back in the same header. */
export function nextRequestId(request: IncomingMessage, response: ServerResponse): string {
  const asked = request.headers['x-request-id'];
  const id = typeof asked === 'string' && acceptable.test(asked) ? asked : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

export function requestIdOf(request: IncomingMessage): string {
  return String(request.id);
}
