import type { Logger } from 'pino';
import type { CheckRun } from '../../store/health/monitoring';
import type { Store } from '../../store/store';
import { startLoop } from '../loop';
import type { Probe } from './probe';

export interface MonitorSettings {
  readonly store: Pick<Store, 'monitoring'>;
  readonly probe: Probe;
  /** Only this host's worker can ask about its containers. */
  readonly hostId: string;
  /** Probes at once, at most. */
  readonly concurrency: number;
  readonly logger: Logger;
  /** Between looks for what is due, in milliseconds. */
  readonly pollIntervalMs?: number;
}

export interface Monitor {
  /** Waits for the checks in flight and starts no more; may be called twice. */
  stop(): Promise<void>;
}

const defaultPollIntervalMs = 250;

/** How soon after a slot is free the next checks are claimed while more are due: those that end together are replaced together. */
const gatherMs = 10;

/**
 * Runs the checks of a host's databases that are due, oldest first. Only as many are claimed as there are free slots, so
 * that no lease runs out while its check waits for one. Any number of monitors may share a host.
 */
export function startMonitor(settings: MonitorSettings): Monitor {
  const { store, probe, hostId, concurrency, logger, pollIntervalMs = defaultPollIntervalMs } = settings;
  const inFlight = new Set<Promise<void>>();
  let isStopping = false;
  /** Whether the last look took all that it could: then there may be more. */
  let isBehind = false;

  async function claim(): Promise<void> {
    const free = concurrency - inFlight.size;
    if (isStopping || free === 0) return;
    const runs = await store.monitoring.claim(hostId, free);
    isBehind = runs.length === free;
    for (const run of runs) {
      const ended = carryOut(run).finally(() => {
        inFlight.delete(ended);
        if (isBehind) loop.wake(gatherMs);
      });
      inFlight.add(ended);
    }
  }

  /** Never rejects: one check that fails stops no other. What is not recorded is due again when the lease has run out. */
  async function carryOut(run: CheckRun): Promise<void> {
    const facts = { checkId: run.id, databaseId: run.databaseId };
    try {
      if (isStopping) return await store.monitoring.release(run, 'now');
      const outcome = await probe(run);
      const edge = await store.monitoring.record(run, outcome);
      if (edge !== null) logger.warn({ ...facts, edge, error: outcome.error }, `database is ${edge}`);
    } catch (error) {
      logger.warn({ err: error, ...facts }, 'health check failed to run; will retry');
      await release(run);
    }
  }

  async function release(run: CheckRun): Promise<void> {
    try {
      await store.monitoring.release(run, 'in its turn');
    } catch (error) {
      logger.debug({ err: error, checkId: run.id }, 'could not release a health check; its lease will expire');
    }
  }

  const loop = startLoop({ name: 'health checks', intervalMs: pollIntervalMs, run: claim, logger });
  return {
    async stop() {
      isStopping = true;
      await loop.stop();
      await Promise.all(inFlight);
    },
  };
}
