import type { RequestHandler } from 'express';

/**
 * For any other response: no shared cache stores it, a private cache revalidates it before each use, and no proxy
 * compresses it, which would change its ETag (RFC 9111, 5.2.2).
 */
const revalidated = 'no-cache, private, no-transform';

/**
 * For a problem, which describes one request only; and for a response that shows a secret. Such a response is stored
 * neither by a cache nor under its Idempotency-Key, so the secret is shown once.
 */
export const neverStored = 'no-store';

/** For an event stream: a proxy that compressed it would delay its events. */
export const streamed = 'no-store, no-transform';

/** Sets the default `Cache-Control` of responses; a route may override it. */
export const cachingOfAnswers: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', revalidated);
  next();
};
