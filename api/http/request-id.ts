import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A valid request id from a caller; short and plain, because it is written to logs. */
const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` if it is valid, else a new one; returned in the same header. */
export function nextRequestId(request: IncomingMessage, response: ServerResponse): string {
  const asked = request.headers['x-request-id'];
  const id = typeof asked === 'string' && acceptable.test(asked) ? asked : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

export function requestIdOf(request: IncomingMessage): string {
  return String(request.id);
}
