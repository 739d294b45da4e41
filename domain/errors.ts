/**
 * Whether the same step may succeed if it is tried again: `never`; `bounded`, a few times, as the cause may pass or may
 * be ours; `always`, until the operation's deadline, as something is down and will come back.
 */
export type Retry = 'never' | 'bounded' | 'always';

/** What an error code means to a caller (an HTTP status) and to a retry. */
interface ErrorMeaning {
  readonly status: number;
  readonly title: string;
  readonly retry: Retry;
}

/** The one table of error codes: an adapter picks the code, HTTP and Temporal read the rest from here. */
export const errorTable = {
  // The request
  invalid_request: { status: 400, title: 'The request is not valid', retry: 'never' },
  unauthenticated: { status: 401, title: 'Authentication is required', retry: 'never' },
  forbidden: { status: 403, title: 'This is not permitted', retry: 'never' },
  not_found: { status: 404, title: 'No such resource', retry: 'never' },
  method_not_allowed: { status: 405, title: 'The resource does not have this method', retry: 'never' },
  precondition_failed: { status: 412, title: 'The resource is not as the request says', retry: 'never' },
  payload_too_large: { status: 413, title: 'The request body is too large', retry: 'never' },
  uri_too_long: { status: 414, title: 'The URL is too long', retry: 'never' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json', retry: 'never' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used for another request', retry: 'never' },
  request_in_progress: { status: 409, title: 'The same request is being answered', retry: 'never' },
  answer_not_kept: { status: 409, title: 'The request was answered, and the answer is not kept', retry: 'never' },
  rate_limited: { status: 429, title: 'Too many requests', retry: 'never' },
  // The state of a database or an operation
  name_in_use: { status: 409, title: 'The name is in use', retry: 'never' },
  operation_in_progress: { status: 409, title: 'Another operation on this database is not finished', retry: 'never' },
  state_conflict: { status: 409, title: 'The current state does not allow this', retry: 'never' },
  not_cancellable: { status: 409, title: 'The operation cannot be cancelled', retry: 'never' },
  not_retryable: { status: 409, title: 'The operation cannot be retried', retry: 'never' },
  already_finished: { status: 409, title: 'The operation is already finished', retry: 'never' },
  deletion_protected: { status: 409, title: 'The database is protected from being deleted', retry: 'never' },
  size_in_use: { status: 409, title: 'More than the asked size is in use', retry: 'never' },
  host_in_use: { status: 409, title: 'The host has instances', retry: 'never' },
  quota_exceeded: { status: 429, title: 'The quota of the tenant does not allow this', retry: 'never' },
  superseded: { status: 409, title: 'A newer operation owns the database', retry: 'never' },
  last_admin_key: { status: 409, title: 'It is the last key of an administrator', retry: 'never' },
  tenant_in_use: { status: 409, title: 'The tenant is in use', retry: 'never' },
  capacity_exhausted: { status: 503, title: 'The host has no room left', retry: 'never' },
  // How an operation ends
  cancelled: { status: 409, title: 'The operation was cancelled', retry: 'never' },
  aborted: { status: 500, title: 'The operation was cut off before it could finish', retry: 'never' },
  deadline_exceeded: { status: 504, title: 'The operation did not finish within its deadline', retry: 'never' },
  // Containers, hosts and engines
  image_not_found: { status: 500, title: 'The engine image was not found', retry: 'never' },
  name_taken: { status: 409, title: 'An object with this name belongs to somebody else', retry: 'never' },
  port_taken: { status: 409, title: 'The port is used by another process', retry: 'bounded' },
  container_missing: { status: 409, title: 'The container does not exist', retry: 'never' },
  crash_looping: { status: 500, title: 'The container was restarted too often', retry: 'never' },
  container_exited: { status: 500, title: 'The container exited', retry: 'never' },
  invalid_container: { status: 500, title: 'The host refused the container settings', retry: 'never' },
  volume_missing: { status: 409, title: 'The volume with the data does not exist', retry: 'never' },
  volume_in_use: { status: 409, title: 'Another container uses the volume', retry: 'bounded' },
  not_ready: { status: 500, title: 'The engine did not become ready', retry: 'never' },
  engine_error: { status: 500, title: 'The engine refused a statement', retry: 'bounded' },
  settings_refused: { status: 422, title: 'The engine refuses the settings', retry: 'never' },
  not_supported: { status: 501, title: 'The host does not support this', retry: 'never' },
  backend_unavailable: { status: 503, title: 'The host cannot be reached', retry: 'always' },
  backend_busy: { status: 503, title: 'The host is busy', retry: 'always' },
  backend_timeout: { status: 504, title: 'The host did not answer in time', retry: 'always' },
  backend_error: { status: 500, title: 'The host reported an error', retry: 'bounded' },
  // Those who are told
  delivery_refused: { status: 502, title: 'The receiver refuses the message', retry: 'never' },
  delivery_failed: { status: 502, title: 'The message was not delivered', retry: 'bounded' },
  // Slipway's own parts
  secret_unreadable: { status: 500, title: 'A stored secret cannot be decrypted', retry: 'never' },
  store_unavailable: { status: 503, title: 'The store cannot be reached', retry: 'always' },
  temporal_unavailable: { status: 503, title: 'Temporal cannot be reached', retry: 'always' },
  internal: { status: 500, title: 'An unexpected error', retry: 'bounded' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorTable;

/** Whether a string, from a failure that crossed a process boundary, is one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/** Facts about an error that a caller may use: JSON values only, and never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The one error class. The message names what was tried, and on what; the cause is what was caught. */
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

/** An error as it is recorded on an operation and shown to a caller; data, so that it survives any boundary. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** The problem that an error thrown in this process stands for; anything unknown is `internal`. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof DatabaseError) {
    const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
    return { code: error.code, message: error.message, ...details };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
