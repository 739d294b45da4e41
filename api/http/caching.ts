import type { RequestHandler } from 'express';

/**
 * For any answer to a caller: no shared cache keeps it, a private one asks again before it uses it, and no proxy compresses
 * it, which would change its ETag (RFC 9111, 5.2.2).
 */
const revalidated = 'no-cache, private, no-transform';

/**
 * For a problem, as what it says holds for one request; and for an answer that shows a secret, which is kept nowhere: by no
 * cache, and not under its Idempotency-Key, so that it is given once.
 */
export const neverStored = 'no-store';

/** For a stream of events: a proxy that compresses one holds its events back. */
export const streamed = 'no-store, no-transform';

/** What a route says of caching by default. */
export const cachingOfAnswers: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', revalidated);
  next();
};
