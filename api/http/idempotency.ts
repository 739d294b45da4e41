import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { DatabaseError } from '../../domain/errors';
import type { Claim, KeptAnswer } from '../../store/operations/requests';
import type { ApiDependencies } from '../dependencies';
import { answerAgain } from '../operations/accepted';
import { neverStored } from './caching';
import { setClaim } from './claim';
import type { Once } from './route';
import { bodyOf } from './validate';

/** The headers stored with status and body. All others, such as `X-Request-Id`, are set on every response. */
const keptHeaders = ['content-type', 'location', 'etag', 'retry-after', 'cache-control'] as const;

/**
 * Carries out a request with an Idempotency-Key once and repeats its response from then on. Refusals are repeated too,
 * server errors (5xx) are not, as a retry can succeed. A response is stored before it is sent, so that a caller never
 * gets a response that a retry would not repeat.
 */
export function createIdempotency(dependencies: ApiDependencies): Once {
  const { store, logger } = dependencies;

  async function keep(claim: Claim, { status, headers, body }: KeptAnswer): Promise<void> {
    if (status >= 500) return release(claim);
    const isSecret = status < 400 && headers['cache-control'] === neverStored;
    try {
      await store.requests.keep(claim, { status, headers, body: isSecret ? null : body });
    } catch (error) {
      await release(claim);
      throw error;
    }
  }

  async function release(claim: Claim): Promise<void> {
    try {
      await store.requests.release(claim);
    } catch (error) {
      logger.warn(
        { err: error },
        'could not release an idempotency key; the request can be repeated once its lease has expired',
      );
    }
  }

  return async ({ principal, request, response }, handle, failed) => {
    const key = keyOf(request);
    if (key === null) return handle();
    const claimed = await store.requests.claim(principal.tenantId, key, fingerprintOf(request));
    if ('answer' in claimed) return replay(response, claimed.answer);
    const { claim, operationId } = claimed;
    setClaim(request, claim);
    holdBack(response, (answer) => keep(claim, answer), failed);
    // Another process carried out the request and died before it answered.
    if (operationId !== null) return answerAgain(dependencies, response, principal.tenantId, operationId);
    return handle();
  };
}

function keyOf(request: Request): string | null {
  const key = request.get('idempotency-key');
  if (key === undefined || request.method === 'GET' || request.method === 'HEAD') return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const expected = '1 to 255 visible ASCII characters';
  const errors = [{ field: 'Idempotency-Key', expected, received: key.slice(0, 80) }];
  throw new DatabaseError('invalid_request', `Idempotency-Key: expected ${expected}`, { errors });
}

/** Identifies a request by method, path, query and body, ignoring whitespace and field order in the body. */
function fingerprintOf(request: Request): string {
  const asked = JSON.stringify([request.method, request.originalUrl, ordered(bodyOf(request))]);
  return createHash('sha256').update(asked).digest('hex');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, ordered(field)]));
}

function replay(response: Response, { status, headers, body }: KeptAnswer): void {
  response
    .status(status)
    .set({ ...headers, 'Idempotency-Replayed': 'true' })
    .send(body);
}

/** Delays the end of the response until `keep` has stored it. If that fails, `failed` sends an error instead. */
function holdBack(
  response: Response,
  keep: (answer: KeptAnswer) => Promise<void>,
  failed: (error: unknown) => void,
): void {
  const end = response.end.bind(response) as (...rest: unknown[]) => Response;
  response.end = ((...rest: unknown[]) => {
    response.end = end;
    const headers = headersOf(response);
    const answer = { status: response.statusCode, headers, body: textOf(rest[0]) };
    keep(answer).then(
      () => end(...rest),
      (error: unknown) => {
        for (const name of Object.keys(headers)) response.removeHeader(name);
        failed(error);
      },
    );
    return response;
  }) as Response['end'];
}

function headersOf(response: Response): Record<string, string> {
  const present = keptHeaders.filter((name) => response.hasHeader(name));
  return Object.fromEntries(present.map((name) => [name, String(response.getHeader(name))]));
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString('utf8') : '';
}
