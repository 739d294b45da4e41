import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { DatabaseError, type ErrorCode, errorTable, type Problem, problemOfError } from '../../domain/errors';
import { neverStored } from './caching';
import { mediaTypesOf } from './media-types';
import { requestIdOf } from './request-id';

/** `Retry-After` for a 503 whose error does not give one. */
const defaultRetryAfterSeconds = 2;

/** The response body for a problem (RFC 9457). `code` is a stable extension member; the error's details are others. */
export function problemBody({ code, message, details = {} }: Problem, requestId: string): object {
  const { status, title } = errorTable[code];
  return { type: `/errors/${code}`, title, status, detail: message, ...details, code, requestId };
}

export function sendProblem(response: Response, problem: Problem): void {
  const { status } = errorTable[problem.code];
  const retryAfterSeconds = retryAfterOf(problem);
  if (retryAfterSeconds !== null) response.set('Retry-After', String(retryAfterSeconds));
  // `Accept-Patch`: RFC 5789, 2.2 and 3.1.
  if (status === 415 && response.req.method === 'PATCH') response.set('Accept-Patch', mediaTypesOf('PATCH').join(', '));
  if (status === 401) response.set('WWW-Authenticate', 'Bearer realm="slipway"');
  response
    .status(status)
    .set('Cache-Control', neverStored)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, requestIdOf(response.req))));
}

/** In seconds; null if waiting does not help by itself. */
function retryAfterOf({ code, details }: Problem): number | null {
  if (typeof details?.retryAfterSeconds === 'number') return details.retryAfterSeconds;
  return errorTable[code].status === 503 ? defaultRetryAfterSeconds : null;
}

/** The last route, for requests that no other route matches. */
export const notFound: RequestHandler = (request) => {
  throw new DatabaseError('not_found', `no route for ${request.method} ${request.path}`);
};

/** The last error handler. An unexpected error is logged in full; its message may contain anything and is not shown. */
export const errorHandler: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const problem = problemOf(error);
  const { status } = errorTable[problem.code];
  if (status >= 500) request.log.error({ err: error, code: problem.code }, 'request failed');
  sendProblem(response, problem);
};

function problemOf(error: unknown): Problem {
  if (error instanceof DatabaseError) return problemOfError(error);
  const code = bodyErrors[String((error as { type?: unknown } | null)?.type)];
  if (code !== undefined) return { code, message: (error as Error).message };
  // Anything else that the body parser rejects, such as a body that does not match its Content-Encoding.
  if (isClientError(error)) return { code: 'invalid_request', message: error.message };
  if (error instanceof URIError) return { code: 'invalid_request', message: 'the path is not valid percent-encoding' };
  return { code: 'internal', message: 'an unexpected error occurred; the log contains it under this request id' };
}

/** Whether this is a 4xx error of the http-errors package. */
function isClientError(error: unknown): error is Error {
  const { status } = Object(error) as { status?: unknown };
  return error instanceof Error && typeof status === 'number' && status >= 400 && status < 500;
}

/** The errors of Express's body parser, by `type`. */
const bodyErrors: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'payload_too_large',
  'entity.parse.failed': 'invalid_request',
  'request.aborted': 'invalid_request',
  'request.size.invalid': 'invalid_request',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
};
