import { DatabaseError, type ErrorCode } from '../../databases/errors';

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

/** What Docker's messages say, where its status alone does not. The first that matches decides. */
const messages: readonly (readonly [RegExp, ErrorCode])[] = [
  [/port is already allocated|address already in use|ports are not available/i, 'port_taken'],
  [/no such image|manifest unknown|pull access denied|repository .* not found/i, 'image_not_found'],
  [/volume is in use/i, 'volume_in_use'],
  [/no such container/i, 'container_missing'],
  [/container .* is not running|container .* is paused/i, 'container_exited'],
];

/** The error that something thrown by dockerode stands for, with its cause. */
export function translated(what: string, error: unknown): unknown {
  if (error instanceof DatabaseError) return error;
  return new DatabaseError(codeOf(error), `${what}: ${reasonOf(error)}`, detailsOf(error), { cause: error });
}

function codeOf(error: unknown): ErrorCode {
  const reason = reasonOf(error);
  const known = messages.find(([pattern]) => pattern.test(reason));
  if (known !== undefined) return known[1];
  if (rawStatusOf(error) === 400) return 'invalid_container';
  if (rawStatusOf(error) !== undefined) return 'backend_error';
  return isConnectionError(error) ? 'backend_unavailable' : 'backend_error';
}

function isConnectionError(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return unreachableCodes.has(String(code)) || /socket hang up|aborted/.test(String(message));
}

/** Docker's own words, without dockerode's wrapping. */
function reasonOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown }; message?: unknown };
  return String(json?.message ?? message ?? error).trim();
}

function rawStatusOf(error: unknown): number | undefined {
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function detailsOf(error: unknown): { status?: number } {
  const status = rawStatusOf(error);
  return status === undefined ? {} : { status };
}

/** Docker's HTTP status behind an error of ours. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof DatabaseError ? (error.details.status as number | undefined) : rawStatusOf(error);
}
