import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Whether a request presents this bearer key (RFC 6750). The comparison takes the same time whatever is presented. */
export function presentsKey(request: IncomingMessage, key: string): boolean {
  const [, presented] = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return presented !== undefined && timingSafeEqual(digest(presented), digest(key));
}

/** Digests have one length, whatever was presented. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
