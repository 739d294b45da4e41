import { DatabaseError, type ErrorCode } from '../../domain/errors';
import type { Verdict } from './breaker';

/** The host did not answer. */
const failures: ReadonlySet<ErrorCode> = new Set(['backend_unavailable', 'backend_timeout']);

/** The host answered, even if it refused. */
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
 * What an error says about the host's health. The caller's cancellation, an unsupported request and our own refusals
 * say nothing. Neither does a 500: it may be about one container, which must not block calls for all others.
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
