import type { Logger } from 'pino';
import { createControlActivities } from '../activities/control';
import { createDeliveryActivities } from '../activities/deliveries';
import { createHostActivities } from '../activities/host';
import type { HostPorts } from '../activities/host-ports';
import type { Activities } from '../activities/types';
import type { WorkerConfig } from '../config/config';
import type { Backend } from '../containers/backend';
import { createDockerBackend } from '../containers/docker/backend';
import { createResilientBackend, type ResilientBackend } from '../containers/resilience/backend';
import { deliveryLimits } from '../domain/notifications/deliveries';
import { createNotifier } from '../notifications/notifier';
import { systemResolve } from '../notifications/resolve';
import { catalogueOf } from '../postgres/catalogue';
import { createPostgresEngine } from '../postgres/container-engine';
import { createSidecars } from '../postgres/sidecars/sidecars';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';

/** Maximum wait for a sidecar to become ready; its database does not wait any longer. */
const sidecarTimeoutMs = 30_000;

/** A backend with circuit breaker, bulkhead and timeouts; every change of the breaker's state is logged. */
export function resilientBackend(config: WorkerConfig, backend: Backend, logger: Logger): ResilientBackend {
  const hostId = config.host.id;
  return createResilientBackend(backend, {
    ...config.resilience,
    hostId,
    changed: (breaker) => {
      const level = breaker.state === 'open' ? 'warn' : 'info';
      logger[level]({ hostId, breaker }, `circuit breaker of host ${hostId} is ${breaker.state.replace('_', ' ')}`);
    },
  });
}

/** Docker on this host, and PostgreSQL in its containers. */
export function dockerPorts(config: WorkerConfig, store: Store, logger: Logger): HostPorts {
  const { callTimeoutMs, longCallTimeoutMs } = config.resilience;
  const docker = createDockerBackend({ ...config.docker, callTimeoutMs, longCallTimeoutMs });
  const backend = resilientBackend(config, docker, logger);
  const { readiness } = config;
  const sidecarReadiness = { ...readiness, timeoutMs: Math.min(readiness.timeoutMs, sidecarTimeoutMs) };
  return {
    backend,
    engine: createPostgresEngine(store, backend, readiness),
    sidecars: createSidecars(backend, sidecarReadiness),
  };
}

export async function composeActivities(
  config: WorkerConfig,
  store: Store,
  runs: Runs,
  ports: HostPorts,
): Promise<Activities> {
  const installation = await store.hosts.installation();
  const { pace, host } = config;
  const isCurrentRun = async (databaseId: string, runId: string): Promise<boolean> => {
    const run = await runs.current(databaseId);
    return run.state === 'open' && run.runId === runId;
  };
  const catalogue = catalogueOf(config.images);
  const egress = { ...config.egress, resolve: systemResolve };
  const notifier = createNotifier(egress, { ...config.links, temporalUi: config.temporal.ui });
  const deliveryPace = { initialMs: pace.retryInitialMs, ...deliveryLimits };
  return {
    control: createControlActivities({ store, installation, catalogue, pace, isCurrentRun }),
    deliveries: createDeliveryActivities({ store, notifier, pace: deliveryPace }),
    host: createHostActivities({ ...ports, store, installation, host }),
  };
}
