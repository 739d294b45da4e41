import { DatabaseError, type ErrorCode } from '../../domain/errors';

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'EACCES',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/** The daemon was replaced by a newer or older one after the version was negotiated. */
const versionRefusal = /client version .* is too (old|new)/i;

/** Error codes by Docker's message, where the HTTP status is not specific enough. The first match wins. */
const messages: readonly (readonly [RegExp, ErrorCode])[] = [
  [/port is already allocated|address already in use|ports are not available/i, 'port_taken'],
  [/no such image|manifest unknown|pull access denied|repository .* not found/i, 'image_not_found'],
  [/volume is in use/i, 'volume_in_use'],
  [/no such container/i, 'container_missing'],
  [/container .* is not running|container .* is paused/i, 'container_exited'],
  [versionRefusal, 'backend_unavailable'],
];

/** Translates an error thrown by dockerode and keeps it as the cause. */
export function translated(what: string, error: unknown): unknown {
  if (error instanceof DatabaseError) return error;
  return new DatabaseError(codeOf(error), `${what}: ${reasonOf(error)}`, detailsOf(error), { cause: error });
}

/** The error code for a message of Docker's; undefined if none matches. */
export function codeOfReason(reason: string): ErrorCode | undefined {
  return messages.find(([pattern]) => pattern.test(reason))?.[1];
}

export function isVersionRefusal(error: unknown): boolean {
  return versionRefusal.test(reasonOf(error));
}

function codeOf(error: unknown): ErrorCode {
  const known = codeOfReason(reasonOf(error));
  if (known !== undefined) return known;
  if (rawStatusOf(error) === 400) return 'invalid_container';
  // Docker's answer for what the kernel or the platform lacks.
  if (rawStatusOf(error) === 501) return 'not_supported';
  if (rawStatusOf(error) !== undefined) return 'backend_error';
  return isConnectionError(error) ? 'backend_unavailable' : 'backend_error';
}

function isConnectionError(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return unreachableCodes.has(String(code)) || /socket hang up|aborted/.test(String(message));
}

/** Docker's own message, without docker-modem's prefix: `(HTTP code 404) no such container - No such container: x `. */
function reasonOf(error: unknown): string {
  const { message } = error as { message?: unknown };
  return String(message ?? error)
    .replace(/^\(HTTP code \d+\) .*? - /, '')
    .trim();
}

function rawStatusOf(error: unknown): number | undefined {
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function detailsOf(error: unknown): { status?: number } {
  const status = rawStatusOf(error);
  return status === undefined ? {} : { status };
}

/** Docker's HTTP status behind an error, translated or not. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof DatabaseError ? (error.details.status as number | undefined) : rawStatusOf(error);
}
