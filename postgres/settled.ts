import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Call } from '../containers/backend';
import { type Recovery, watchRecovery } from './recovery';

const intervalMs = 2_000;

/** PostgreSQL, pg_isready: the server rejects connections, for example because it is starting. */
const rejecting = 1;
const command = ['pg_isready', '--quiet', '--timeout=5'];

/**
 * Waits while the engine rejects connections through the container's own socket. An engine that does not answer is not
 * waited for. Throws as `watchRecovery` does, and what `exec` throws.
 */
export async function awaitSettled(
  backend: Pick<Backend, 'exec'>,
  containerName: string,
  recovery: Recovery,
  call: Call,
): Promise<void> {
  const note = watchRecovery(recovery, () => performance.now());
  while ((await backend.exec(containerName, { command, timeoutSeconds: 10 }, call)).exitCode === rejecting) {
    note('pg_isready: rejecting connections');
    await delay(intervalMs, undefined, call).catch(() => call.signal?.throwIfAborted());
  }
}
