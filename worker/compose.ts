import type { Logger } from 'pino';
import { createControlActivities } from '../activities/control';
import { createDeliveryActivities } from '../activities/deliveries';
import { createHostActivities } from '../activities/host';
import type { HostPorts } from '../activities/host-ports';
import type { Activities } from '../activities/types';
import type { WorkerConfig } from '../config/config';
import { catalogueOf, deliveryPaceOf, egressOf, hostOf, linksOf, paceOf, resilienceOf } from '../config/settings';
import type { Backend } from '../containers/backend';
import { createDockerBackend } from '../containers/docker/backend';
import { createResilientBackend, type ResilientBackend } from '../containers/resilience/backend';
import { createNotifier } from '../notifications/notifier';
import { createPostgresEngine } from '../postgres/container-engine';
import { createSidecars } from '../postgres/sidecars/sidecars';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';

/** How long a sidecar is waited for: its database does not wait for it longer. */
const sidecarTimeoutMs = 30_000;

/** A host behind breaker, bulkhead and deadlines; every change of the breaker's state is logged. */
export function resilientBackend(config: WorkerConfig, backend: Backend, logger: Logger): ResilientBackend {
  const hostId = config.SLIPWAY_HOST_ID;
  return createResilientBackend(backend, {
    ...resilienceOf(config),
    hostId,
    changed: (breaker) => {
      const level = breaker.state === 'open' ? 'warn' : 'info';
      logger[level]({ hostId, breaker }, `circuit breaker of host ${hostId} is ${breaker.state.replace('_', ' ')}`);
    },
  });
}

/** Docker on this host, and PostgreSQL in its containers. */
export function dockerPorts(config: WorkerConfig, store: Store, logger: Logger): HostPorts {
  const { callTimeoutMs, longCallTimeoutMs } = resilienceOf(config);
  const docker = createDockerBackend({ dockerHost: config.DOCKER_HOST, callTimeoutMs, longCallTimeoutMs });
  const backend = resilientBackend(config, docker, logger);
  const patience = {
    intervalMs: config.SLIPWAY_READINESS_INTERVAL_MS,
    timeoutMs: config.SLIPWAY_READINESS_TIMEOUT_SECONDS * 1000,
  };
  const sidecarPatience = { ...patience, timeoutMs: Math.min(patience.timeoutMs, sidecarTimeoutMs) };
  return {
    backend,
    engine: createPostgresEngine(store, backend, patience),
    sidecars: createSidecars(backend, sidecarPatience),
  };
}

export async function composeActivities(
  config: WorkerConfig,
  store: Store,
  runs: Runs,
  ports: HostPorts,
): Promise<Activities> {
  const installation = await store.hosts.installation();
  const { id, address, addressPool } = hostOf(config);
  const isCurrentRun = async (databaseId: string, runId: string): Promise<boolean> => {
    const run = await runs.current(databaseId);
    return run.state === 'open' && run.runId === runId;
  };
  const catalogue = catalogueOf(config);
  const notifier = createNotifier(egressOf(config), linksOf(config));
  return {
    control: createControlActivities({ store, installation, catalogue, pace: paceOf(config), isCurrentRun }),
    deliveries: createDeliveryActivities({ store, notifier, pace: deliveryPaceOf(config) }),
    host: createHostActivities({ ...ports, store, installation, host: { id, address, addressPool } }),
  };
}
