import { DatabaseError, type ErrorCode } from '../../domain/errors';
import type { Verdict } from './breaker';

/** The host did not answer. */
const failures: ReadonlySet<ErrorCode> = new Set(['backend_unavailable', 'backend_timeout']);

/** The host answered, if only to say no. */
const answers: ReadonlySet<ErrorCode> = new Set([
  'capacity_exhausted',
  'container_exited',
  'container_missing',
  'image_not_found',
  'invalid_container',
  'name_taken',
  'port_taken',
  'volume_in_use',
  'volume_missing',
]);

/**
 * What an error says of the host's health. The caller's own cancellation, what the host is not able to do and what we
 * refuse ourselves say nothing. Nor does a 500: it may be about one container, which must not cut off all others.
 */
export function verdictOf(error: unknown, caller: AbortSignal | undefined): Verdict {
  if (caller?.aborted === true || !(error instanceof DatabaseError)) return 'unknown';
  if (failures.has(error.code)) return { failure: error.message };
  return answers.has(error.code) || isRefusal(error) ? 'answered' : 'unknown';
}

/** An HTTP status that blames the request: 304, 404, 409. */
function isRefusal({ code, details: { status } }: DatabaseError): boolean {
  return code === 'backend_error' && typeof status === 'number' && status < 500;
}
