import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The bearer key that a request presents (RFC 6750); undefined where there is none. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Whether a request presents this bearer key. The comparison takes the same time whatever is presented. */
export function presentsKey(request: IncomingMessage, key: string): boolean {
  const presented = bearerOf(request);
  return presented !== undefined && timingSafeEqual(digest(presented), digest(key));
}

/** Digests have one length, whatever was presented. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
