import type { Logger } from 'pino';
import type { Backend } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import type { HostRecord } from '../store/capacity/hosts';
import type { Store } from '../store/store';
import { type Loop, startLoop } from './loop';

/** Milliseconds between two registrations of a host. */
const registerIntervalMs = 5_000;

/** Milliseconds between two looks at the engine's id, which costs a Docker host more than other reads. */
const engineIntervalMs = 60_000;

export interface RegistrationSettings {
  readonly store: Pick<Store, 'hosts'>;
  readonly backend: Pick<Backend, 'engineId'>;
  readonly host: HostRecord;
  readonly logger: Logger;
}

/**
 * Registers a worker's host with the id of its container engine. Throws `engine_changed` when the host is known with
 * another engine: this worker must not touch a database of that host. An engine that does not answer cannot show who it
 * is; neither can it be changed until it answers.
 *
 * @returns whether the engine was compared
 */
export async function registerHost({ store, backend, host, logger }: RegistrationSettings): Promise<boolean> {
  const engineId = await engineIdOf(backend, logger);
  await store.hosts.register(host, engineId);
  return engineId !== null;
}

/**
 * Registers the host again and again. This restores a host that was removed in the meantime, and directs the API to this
 * worker after another worker of the same host has died. An engine that was replaced while the worker runs is reported
 * to `failed`: every further step would be on another engine.
 */
export function keepRegistered(settings: RegistrationSettings, failed: (error: unknown) => void): Loop {
  let comparedAt = Number.NEGATIVE_INFINITY;
  const run = async (): Promise<void> => {
    if (performance.now() < comparedAt + engineIntervalMs) return settings.store.hosts.register(settings.host);
    try {
      if (await registerHost(settings)) comparedAt = performance.now();
    } catch (error) {
      if (error instanceof DatabaseError && error.code === 'engine_changed') failed(error);
      throw error;
    }
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
