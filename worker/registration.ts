import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Backend } from '../containers/backend';
import { DatabaseError, type ErrorCode } from '../domain/errors';
import type { HostRecord } from '../store/capacity/host-records';
import type { WorkerRecord } from '../store/capacity/workers';
import type { Store } from '../store/store';
import { type Loop, startLoop } from './loop';

/** Milliseconds between two registrations of a host and its worker. */
const registerIntervalMs = 5_000;

/** The refusals of a registration after which a running worker must not touch the host any more. */
const endsWorker: readonly ErrorCode[] = ['engine_changed', 'host_lost'];

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
 * another engine, and `host_lost` when it was declared lost: this worker must not touch a database of that host. An engine that does not answer cannot show who it
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
 * Registers a worker's host as `registerHost` does. While the host is declared lost, this waits for its return, so that
 * the worker takes no work and starts no loop. Throws `engine_changed`.
 */
export async function registerReturnedHost(settings: HostRegistration): Promise<void> {
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      await registerHost(settings);
      return;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== 'host_lost') throw error;
      if (!isWaiting) settings.logger.warn(error.message);
    }
    await delay(registerIntervalMs);
  }
}

/**
 * Registers the host and the worker again and again. This shows that the worker is live, restores a host that was removed
 * in the meantime, and directs the API to this worker after another worker of the same host has died. When the engine was
 * replaced while the worker runs, or the host was declared lost, this is reported to `failed`: the worker must not touch
 * the host any more.
 */
export function keepRegistered(settings: Registration, failed: (error: unknown) => void): Loop {
  let comparedAt = Number.NEGATIVE_INFINITY;
  const registerHostAgain = async (): Promise<void> => {
    if (performance.now() < comparedAt + engineIntervalMs) await settings.store.hosts.register(settings.host);
    else if (await registerHost(settings)) comparedAt = performance.now();
  };
  const run = async (): Promise<void> => {
    try {
      await registerHostAgain();
    } catch (error) {
      if (error instanceof DatabaseError && endsWorker.includes(error.code)) failed(error);
      throw error;
    }
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
