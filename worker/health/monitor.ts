import type { Logger } from 'pino';
import type { CheckRun } from '../../store/health/monitoring';
import type { Store } from '../../store/store';
import { startLoop } from '../loop';
import type { Probe } from './probe';

export interface MonitorSettings {
  readonly store: Pick<Store, 'monitoring'>;
  readonly probe: Probe;
  /** The host whose containers this worker can inspect, and whose checks come first. */
  readonly hostId: string;
  /** Maximum number of concurrent probes. */
  readonly concurrency: number;
  readonly logger: Logger;
  /** Interval between claims, in milliseconds. */
  readonly pollIntervalMs?: number;
}

export interface Monitor {
  /** Waits for running checks and starts no more; may be called twice. */
  stop(): Promise<void>;
}

const defaultPollIntervalMs = 250;

/** The wait after a slot is freed while more checks are due, so that checks that end together are replaced together. */
const gatherMs = 10;

/**
 * Runs due checks of a host's databases, oldest first, and, with free slots, those of silent hosts. It claims only as many as it has free slots, so that no lease
 * expires while its check waits for one. Any number of monitors may share a host.
 */
export function startMonitor(settings: MonitorSettings): Monitor {
  const { store, probe, hostId, concurrency, logger, pollIntervalMs = defaultPollIntervalMs } = settings;
  const inFlight = new Set<Promise<void>>();
  let isStopping = false;
  /** Whether the last claim filled every slot, so that more may be due. */
  let hasMore = false;

  async function claim(): Promise<void> {
    const free = concurrency - inFlight.size;
    if (isStopping || free === 0) return;
    const runs = await store.monitoring.claim(hostId, free);
    hasMore = runs.length === free;
    for (const run of runs) {
      const ended = carryOut(run).finally(() => {
        inFlight.delete(ended);
        if (hasMore) loop.wake(gatherMs);
      });
      inFlight.add(ended);
    }
  }

  /** Never rejects: a failed check stops no other. A check that is not recorded is due again when its lease expires. */
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
      await store.monitoring.release(run, 'on schedule');
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
