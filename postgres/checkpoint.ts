import type { Backend, Call } from '../containers/backend';
import { psqlCommand } from './logins';

/** How long an engine may take to accept the session. */
const connectSeconds = 5;
const timeoutSeconds = 60;

/**
 * Runs a checkpoint (PostgreSQL, CHECKPOINT) as the superuser, through the container's own socket, which works when
 * users hold all connections. Does nothing if the engine does not answer or the container does not run; rejects only on
 * abort.
 */
export async function runCheckpoint(backend: Pick<Backend, 'exec'>, containerName: string, call: Call): Promise<void> {
  const command = ['env', `PGCONNECT_TIMEOUT=${connectSeconds}`, ...psqlCommand, '--command=CHECKPOINT'];
  try {
    await backend.exec(containerName, { command, timeoutSeconds }, call);
  } catch {
    // Such as a container that has exited: the stop itself finds out.
    call.signal?.throwIfAborted();
  }
}
