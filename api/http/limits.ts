import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { ipKeyGenerator, type Options, rateLimit } from 'express-rate-limit';
import { DatabaseError } from '../../domain/errors';
import { principalOf } from './authenticate';

/** How much one caller may ask. Counted in each API process by itself. */
export interface Limits {
  /** Requests of one key; 0 for any number. */
  readonly requestsPerMinute: number;
  /** Requests of one address with credentials that are missing or wrong; 0 for any number. */
  readonly failedLoginsPerMinute: number;
  /** The proxies whose `X-Forwarded-For` is believed: addresses, networks in CIDR notation. */
  readonly trustedProxies: readonly string[];
}

/** The most characters that a URL may have. */
const maxUrlLength = 8192;

const windowMs = 60_000;

/** Refuses a URL that no request of ours has, before anything is done with it. */
export const limitUrl: RequestHandler = ({ url }, _response, next) => {
  if (url.length > maxUrlLength) {
    throw new DatabaseError('uri_too_long', `the URL has ${url.length} characters; the maximum is ${maxUrlLength}`);
  }
  next();
};

/** Refuses what is more than a key may ask, and says in `RateLimit` how much that is (IETF draft 8). */
export function limitKeys({ requestsPerMinute: limit }: Limits): RequestHandler {
  if (limit === 0) return (_request, _response, next) => next();
  const keyGenerator = (request: Request): string => principalOf(request).keyId;
  return rateLimit({
    ...common(`the limit is ${limit} requests per minute and key`),
    limit,
    identifier: 'key',
    keyGenerator,
  });
}

/**
 * Refuses an address that has tried too many wrong keys, before it may try another. `before` stands before the look at the
 * key, and `after` is told of what that throws.
 */
export function limitFailedLogins({ failedLoginsPerMinute: limit }: Limits): {
  readonly before: RequestHandler;
  readonly after: ErrorRequestHandler;
} {
  const pass: ErrorRequestHandler = (error, _request, _response, next) => next(error);
  if (limit === 0) return { before: (_request, _response, next) => next(), after: pass };
  const message = `the limit is ${limit} failed logins per minute and address`;
  const count = rateLimit({ ...common(message), limit, identifier: 'failed-logins', keyGenerator: addressOf });
  return {
    before: async (request, _response, next) => {
      const { totalHits = 0, resetTime } = (await count.getKey(addressOf(request))) ?? {};
      next(totalHits > limit ? limited(message, resetTime) : undefined);
    },
    after: (error, request, response, next) => {
      if (!(error instanceof DatabaseError) || error.code !== 'unauthenticated') return next(error);
      void count(request, response, (refusal?: unknown) => next(refusal ?? error));
    },
  };
}

function common(message: string): Partial<Options> {
  return {
    windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (request, _response, next) => {
      const { rateLimit: seen } = request as Request & { rateLimit?: { resetTime?: Date } };
      next(limited(message, seen?.resetTime));
    },
  };
}

function limited(message: string, resetTime: Date | undefined): DatabaseError {
  const waitMs = Math.max(0, (resetTime?.getTime() ?? Date.now() + windowMs) - Date.now());
  return new DatabaseError('rate_limited', message, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
}

/** An address, or the network of one of IPv6, where everybody has many. */
function addressOf({ ip = '' }: Request): string {
  return ipKeyGenerator(ip);
}
