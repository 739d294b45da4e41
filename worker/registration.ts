import type { Logger } from 'pino';
import type { Backend } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import type { HostRecord } from '../store/capacity/hosts';
import type { WorkerRecord } from '../store/capacity/workers';
import type { Store } from '../store/store';
import { type Loop, startLoop } from './loop';

/** Milliseconds between two registrations of a host and its worker. */
const registerIntervalMs = 5_000;

/** Milliseconds between two looks at the engine's id, which costs a Docker host more than other reads. */
const engineIntervalMs = 60_000;

export interface HostRegistration {
  readonly store: Pick<Store, 'hosts' | 'workers'>;
  readonly backend: Pick<Backend, 'engineId'>;
  readonly host: HostRecord;
  readonly logger: Logger;
}

export interface Registration extends HostRegistration {
  readonly worker: WorkerRecord;
}

/**
 * Registers a worker's host with the id of its container engine. Throws `engine_changed` when the host is known with
 * another engine: this worker must not touch a database of that host. An engine that does not answer cannot show who it
 * is; neither can it be changed until it answers.
 *
 * @returns whether the engine was compared
 */
export async function registerHost({ store, backend, host, logger }: HostRegistration): Promise<boolean> {
  const engineId = await engineIdOf(backend, logger);
  await store.hosts.register(host, engineId);
  return engineId !== null;
}

/**
 * Registers the host and the worker again and again. This shows that the worker is live, restores a host that was removed
 * in the meantime, and directs the API to this worker after another worker of the same host has died. An engine that was
 * replaced while the worker runs is reported to `failed`: every further step would be on another engine.
 */
export function keepRegistered(settings: Registration, failed: (error: unknown) => void): Loop {
  let comparedAt = Number.NEGATIVE_INFINITY;
  const registerHostAgain = async (): Promise<void> => {
    if (performance.now() < comparedAt + engineIntervalMs) return settings.store.hosts.register(settings.host);
    try {
      if (await registerHost(settings)) comparedAt = performance.now();
    } catch (error) {
      if (error instanceof DatabaseError && error.code === 'engine_changed') failed(error);
      throw error;
    }
  };
  const run = async (): Promise<void> => {
    await registerHostAgain();
    await settings.store.workers.seen(settings.worker);
  };
  return startLoop({ name: 'register', intervalMs: registerIntervalMs, run, logger: settings.logger });
}

async function engineIdOf(backend: Pick<Backend, 'engineId'>, logger: Logger): Promise<string | null> {
  try {
    return await backend.engineId();
  } catch (error) {
    logger.warn({ err: error }, 'could not read the id of the container engine; will retry');
    return null;
  }
}
