/**
 * Whether a retry of the same step may succeed: `never`; `bounded`, with a few retries, because the cause may pass or
 * may be a fault of ours; `always`, with retries until the operation's deadline, because something is unavailable and
 * will come back.
 */
export type Retry = 'never' | 'bounded' | 'always';

/** The meaning of an error code: HTTP status and title for the caller, and whether to retry. */
interface ErrorMeaning {
  readonly status: number;
  readonly title: string;
  readonly retry: Retry;
}

/** The only table of error codes: an adapter picks the code; HTTP and Temporal take the rest from here. */
export const errorTable = {
  // The request
  invalid_request: { status: 400, title: 'The request is invalid', retry: 'never' },
  unauthenticated: { status: 401, title: 'Authentication is required', retry: 'never' },
  forbidden: { status: 403, title: 'Permission denied', retry: 'never' },
  not_found: { status: 404, title: 'Resource not found', retry: 'never' },
  method_not_allowed: { status: 405, title: 'Method not allowed', retry: 'never' },
  precondition_failed: { status: 412, title: 'The resource does not match If-Match', retry: 'never' },
  payload_too_large: { status: 413, title: 'The request body is too large', retry: 'never' },
  uri_too_long: { status: 414, title: 'The URL is too long', retry: 'never' },
  unsupported_media_type: { status: 415, title: 'Unsupported content type or encoding', retry: 'never' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used for a different request', retry: 'never' },
  request_in_progress: {
    status: 409,
    title: 'A request with this idempotency key is still in progress',
    retry: 'never',
  },
  answer_not_kept: { status: 409, title: 'The response to this request was not stored', retry: 'never' },
  rate_limited: { status: 429, title: 'Too many requests', retry: 'never' },
  // The state of a database or an operation
  name_in_use: { status: 409, title: 'The name is already in use', retry: 'never' },
  operation_in_progress: { status: 409, title: 'Another operation on this database is in progress', retry: 'never' },
  state_conflict: { status: 409, title: 'Not allowed in the current state', retry: 'never' },
  not_cancellable: { status: 409, title: 'The operation cannot be cancelled', retry: 'never' },
  not_retryable: { status: 409, title: 'The operation cannot be retried', retry: 'never' },
  already_finished: { status: 409, title: 'The operation has already finished', retry: 'never' },
  deletion_protected: { status: 409, title: 'The database is protected against deletion', retry: 'never' },
  size_in_use: { status: 409, title: 'Current usage exceeds the requested size', retry: 'never' },
  engine_changed: { status: 409, title: 'The host has another container engine than before', retry: 'never' },
  host_in_use: { status: 409, title: 'The host is still in use', retry: 'never' },
  host_lost: { status: 409, title: 'The host was declared lost', retry: 'never' },
  quota_exceeded: { status: 429, title: "The request exceeds the tenant's quota", retry: 'never' },
  superseded: { status: 409, title: 'A newer operation owns the database', retry: 'never' },
  last_admin_key: { status: 409, title: 'This is the last administrator key', retry: 'never' },
  tenant_in_use: { status: 409, title: 'The tenant is in use', retry: 'never' },
  capacity_exhausted: { status: 503, title: 'Not enough capacity', retry: 'never' },
  // How an operation ends
  cancelled: { status: 409, title: 'The operation was cancelled', retry: 'never' },
  aborted: { status: 500, title: 'The operation was aborted', retry: 'never' },
  deadline_exceeded: { status: 504, title: 'The operation exceeded its deadline', retry: 'never' },
  // Containers, hosts and engines
  image_not_found: { status: 500, title: 'The engine image was not found', retry: 'never' },
  name_taken: { status: 409, title: 'An object with this name is owned by something else', retry: 'never' },
  port_taken: { status: 409, title: 'Another process uses the port', retry: 'bounded' },
  container_missing: { status: 409, title: "The instance's container does not exist", retry: 'never' },
  crash_looping: { status: 500, title: 'The instance keeps failing after repairs', retry: 'never' },
  container_exited: { status: 500, title: "The instance's container exited", retry: 'never' },
  invalid_container: { status: 500, title: 'The host rejected the container configuration', retry: 'never' },
  volume_missing: { status: 409, title: "The instance's data volume does not exist", retry: 'never' },
  volume_kept: { status: 409, title: 'A volume was left in place', retry: 'never' },
  volume_has_data: { status: 409, title: 'The volume may hold data and was not removed', retry: 'never' },
  volume_in_use: { status: 409, title: "Another container uses the instance's data volume", retry: 'bounded' },
  not_ready: { status: 500, title: 'The engine is not ready', retry: 'never' },
  killed_on_stop: { status: 500, title: 'The engine was killed because it did not stop in time', retry: 'never' },
  recovering: { status: 503, title: 'The engine is recovering', retry: 'always' },
  engine_error: { status: 500, title: 'The engine reported an error', retry: 'bounded' },
  settings_refused: { status: 422, title: 'The engine rejected the settings', retry: 'never' },
  not_supported: { status: 501, title: 'The host does not support this', retry: 'never' },
  host_outdated: { status: 503, title: "The host's worker must be upgraded first", retry: 'always' },
  host_silent: { status: 503, title: 'No worker of the host responds', retry: 'always' },
  backend_unavailable: { status: 503, title: 'The host is unavailable', retry: 'always' },
  backend_busy: { status: 503, title: 'The host is busy', retry: 'always' },
  backend_timeout: { status: 504, title: 'The host did not respond in time', retry: 'always' },
  backend_error: { status: 500, title: 'The host reported an error', retry: 'bounded' },
  // Recipients of notifications
  delivery_refused: { status: 502, title: 'The recipient rejected the message', retry: 'never' },
  delivery_failed: { status: 502, title: 'The message could not be delivered', retry: 'bounded' },
  // Slipway's own parts
  secret_unreadable: { status: 500, title: 'A stored secret cannot be decrypted', retry: 'never' },
  store_held: { status: 503, title: 'The store is held after a restore', retry: 'always' },
  store_restored: { status: 500, title: 'The store was restored from a backup', retry: 'never' },
  store_unavailable: { status: 503, title: 'The store is unavailable', retry: 'always' },
  temporal_unavailable: { status: 503, title: 'Temporal is unavailable', retry: 'always' },
  unknown_step: { status: 500, title: 'The plan has a step that the workflow does not know', retry: 'never' },
  internal: { status: 500, title: 'An unexpected error occurred', retry: 'bounded' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorTable;

/** Whether a value from a failure that crossed a process boundary is one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/** Facts about an error for the caller: JSON values only, and never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The only error class. The message names the attempted action and its object; the cause is the caught error. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error as recorded on an operation and shown to a caller: plain data, so that it survives any boundary. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** The problem for an error thrown in this process; an unknown error becomes `internal`. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof DatabaseError) {
    const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
    return { code: error.code, message: error.message, ...details };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
