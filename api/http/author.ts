import type { Request } from 'express';
import type { Author } from '../../store/access/audit';
import { principalIfAny, principalOf } from './authenticate';
import { requestIdOf } from './request-id';

/** Maximum length of a recorded `User-Agent`, in characters. */
const maxUserAgentLength = 200;

/** The author of a request, as recorded in the audit. */
export function authorOf(request: Request): Author {
  const { actor, keyId } = principalOf(request);
  return { actor, ...circumstancesOf(request, keyId) };
}

/** The same for a request that may not be authenticated; its actor is then `anonymous`. */
export function authorIfAny(request: Request): Author {
  const { actor = 'anonymous', keyId = null } = principalIfAny(request) ?? {};
  return { actor, ...circumstancesOf(request, keyId) };
}

function circumstancesOf(request: Request, keyId: string | null): Omit<Author, 'actor'> {
  const userAgent = request.get('user-agent')?.slice(0, maxUserAgentLength) ?? null;
  return { requestId: requestIdOf(request), origin: { keyId, address: request.ip ?? null, userAgent } };
}
