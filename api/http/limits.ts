import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { ipKeyGenerator, type Options, rateLimit } from 'express-rate-limit';
import { DatabaseError } from '../../domain/errors';
import { principalOf } from './authenticate';

/** Rate limits per caller. Each API process counts by itself. */
export interface Limits {
  /** Per key; 0 means unlimited. */
  readonly requestsPerMinute: number;
  /** Requests with missing or wrong credentials, per address; 0 means unlimited. */
  readonly failedLoginsPerMinute: number;
  /** The proxies whose `X-Forwarded-For` is trusted: addresses, or networks in CIDR notation. */
  readonly trustedProxies: readonly string[];
}

/** In characters. */
const maxUrlLength = 8192;

const windowMs = 60_000;

/** Refuses a URL longer than any valid request needs, before anything reads it. Throws `uri_too_long`. */
export const limitUrl: RequestHandler = ({ url }, _response, next) => {
  if (url.length > maxUrlLength) {
    throw new DatabaseError('uri_too_long', `the URL has ${url.length} characters; the maximum is ${maxUrlLength}`);
  }
  next();
};

/** Limits the requests of each key, and reports the limit in `RateLimit` (IETF draft 8). */
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
 * Refuses an address after too many failed logins. `before` runs before authentication and refuses; `after` is an
 * error handler that counts the failed logins.
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

/** The address of a caller; for IPv6 its network, as one caller has many addresses. */
function addressOf({ ip = '' }: Request): string {
  return ipKeyGenerator(ip);
}
