import type { ErrorCode } from '../../domain/errors';

/** For each error code, what it means and what its recipient can do about it. */
export const advice: Readonly<Record<ErrorCode, string>> = {
  invalid_request: '`errors` lists each invalid field, the expected value and the one received.',
  unauthenticated: 'The request has no valid API key. Send `Authorization: Bearer <key>`.',
  forbidden: 'The key is valid but does not permit this. `permission`, if present, is the missing permission.',
  not_found:
    'Nothing with this name or id exists, or it belongs to another tenant; the response is the same in both cases.',
  method_not_allowed: 'The path exists but does not support this method. The `Allow` header lists those it supports.',
  precondition_failed:
    'The resource has changed since the version in `If-Match`. Read it again and decide whether to repeat the request.',
  uri_too_long: 'The path and query together are too long. Shorten the filters.',
  payload_too_large: 'The maximum size of a request body is 64 kB.',
  unsupported_media_type:
    'Send JSON as `application/json`, or for a PATCH as `application/merge-patch+json`. The only supported encodings are gzip, deflate and br.',
  idempotency_mismatch:
    'This Idempotency-Key was already used for a different request. Use a new key for each request.',
  request_in_progress:
    'A request with this Idempotency-Key is still in progress. Repeat it after the time in `Retry-After`.',
  answer_not_kept:
    'The request succeeded earlier. Its response contained a secret, which is shown only once. Find the resource that it created, or create a new one.',
  rate_limited:
    'Too many requests with this key, or too many failed logins from this address. Wait for the time in `Retry-After`.',
  name_in_use: 'Names are unique. For a database, `databaseId` is the one that has the name.',
  operation_in_progress: 'Wait for the operation in `operationId`, or cancel it.',
  state_conflict:
    '`currentState` is the current state. `allowedActions`, if present, lists the actions that it allows.',
  not_cancellable: 'The operation can no longer be rolled back.',
  not_retryable:
    'Only an operation that failed or was cancelled can be retried, and only while its database still exists: a repair until another operation that may disturb the engine follows, a create until the database has held data.',
  already_finished: 'The operation has ended; `currentState` is its final state.',
  deletion_protected: 'Send a PATCH with `deletionProtection: false`, then delete the database.',
  last_admin_key:
    'Without this key nobody could create keys. First create another installation key with the role admin.',
  tenant_in_use: 'Delete the databases of the tenant first. The default tenant cannot be deleted.',
  size_in_use: 'The database uses more than the requested size. Reduce its usage, or request a larger size.',
  engine_changed:
    'The worker has another container engine than the host had before, and stops. Give it a host id of its own or, if the engine was replaced, run `hosts replace-engine`.',
  host_in_use:
    'To remove a host, delete its databases first; cordon the host so that it gets no new ones in the meantime. A host can be declared lost once its workers have been silent for 30 seconds.',
  host_lost:
    'An administrator declared the host lost. Its databases can be deleted. Once the host is returned (`POST /v1/hosts/:id/return`), they can be recovered.',
  quota_exceeded:
    '`quota` is the limit that would be exceeded: `used` and `asked` together are more than `limit`. Delete databases or choose a smaller size, or ask an administrator for a higher limit.',
  superseded: 'A newer operation owns the database, so this one stopped without changing it further.',
  capacity_exhausted:
    'No host has the capacity, port or subnet that the request needs. For capacity, `asked` is the amount needed and `mostFree` the largest amount free on one host. Add a host, or delete databases.',
  cancelled: 'The operation was cancelled and its changes were rolled back.',
  aborted:
    'The run of the operation was terminated or lost. An operation of kind `recover` cleans up what it left behind.',
  deadline_exceeded: 'The operation took too long. Its steps show what it was waiting for; retry it.',
  image_not_found:
    'The host does not have the image and could not pull it. Check the image catalogue and the registry.',
  name_taken:
    'An object on the host has the name that Slipway needs but not its labels. Slipway never changes such an object: rename or remove it.',
  port_taken: 'Another process on the host uses the port of the instance. The step is retried a few times.',
  container_missing:
    'The container of the instance is gone. The reconciler recreates it on its volume; so does starting the database.',
  crash_looping:
    'The instance was repaired five times within ten minutes and failed again. The log tail shows why. Fix the cause, then retry the repair.',
  container_exited: 'The container of the instance exited. Its exit code and log tail are in the details.',
  invalid_container: 'The container engine refused to create or start the container. The message quotes its reason.',
  volume_kept:
    'A warning: the volume is listed by GET /v1/orphans. Look whether anybody needs its data before you remove it.',
  volume_has_data:
    'The operation was about to remove a volume that has been in use, or that could not be read. Nothing was removed. The database is recovered with its data.',
  volume_missing:
    'The volume with the data of the instance is gone. Slipway never replaces it with an empty one: restore the volume.',
  volume_in_use:
    'Another container has mounted the volume of the instance. Two servers on one volume would corrupt the data.',
  not_ready:
    'The engine did not answer an authenticated query in time. The details have its last answer and its log tail.',
  killed_on_stop:
    'A warning: the engine did not stop within its time and was killed. No committed data is lost, but the next start takes longer, because the engine recovers first.',
  recovering:
    'The engine starts or recovers after a crash, and will be ready by itself. The operation waits for it; `lastLine` is the last line of its log.',
  engine_error: 'The engine reported an error. The message quotes it.',
  settings_refused:
    'The engine rejected a parameter. The message quotes its reason. The previous settings remain in force.',
  not_supported: 'This host does not support the request. Nothing was changed.',
  host_outdated:
    'The plan has a step that the worker of the host cannot carry out. The operation waits until that worker is upgraded; nothing was changed on the host for this plan.',
  host_silent: 'No host has a live worker. The operation continues when one registers; `GET /v1/hosts` shows them.',
  backend_unavailable:
    'The host cannot be reached. Operations retry until their deadline; `GET /v1/hosts` shows since when it is unavailable.',
  backend_busy: 'The host is at its limit of concurrent calls. Repeat the request after the time in `Retry-After`.',
  backend_timeout: 'The host did not respond in time. Operations check what was done before they retry.',
  backend_error: 'The container engine reported an error. The message quotes it.',
  delivery_refused:
    'The recipient rejected the message permanently, or its address is not allowed. Private addresses must be allowed in the configuration.',
  delivery_failed:
    'The recipient could not be reached, or asked to wait. Messages are retried automatically; test messages are not.',
  secret_unreadable:
    'A stored secret was encrypted with a secret key that this process does not have. Check `SLIPWAY_SECRET_KEY`.',
  store_held:
    'The store was restored from a backup, and an administrator is comparing it with the hosts. Reads work; changes are refused until the store is released. Nothing was changed.',
  store_restored:
    'The store was restored from a backup that was made while the operation was open. How it ended is unknown. The data was left alone: `POST /v1/databases/:id/recover` brings the database to its record.',
  store_unavailable: 'Nothing was changed. Repeat the request after the time in `Retry-After`.',
  temporal_unavailable: 'Repeat the request after the time in `Retry-After`.',
  unknown_step:
    'The planner and the workflows of a worker are of different versions. Check that `SLIPWAY_WORKFLOW_BUNDLE` is of the same build as the worker.',
  internal: 'This is a defect in Slipway. The log contains the error under `requestId`.',
};
