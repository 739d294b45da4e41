import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createControlActivities } from './activities/control';
import { createDeliveryActivities } from './activities/deliveries';
import { createHostActivities } from './activities/host';
import type { ControlActivities, DeliveryActivities, HostActivities } from './activities/types';
import { agentKeyOf } from './agent/channel';
import { createHostAgent } from './agent/client';
import type { ApiDependencies } from './api/dependencies';
import { createEventFeed } from './api/event-feed';
import { createEventStreams } from './api/event-stream';
import { createConflicts } from './api/metrics/conflicts';
import { createRequestMetrics } from './api/metrics/requests';
import { createWaiting } from './api/waiting';
import type { ApiConfig, WorkerConfig } from './config';
import type { TemporalConfig } from './config-temporal';
import type { Backend } from './containers/backend';
import { createDockerBackend } from './containers/docker/backend';
import { createResilientBackend, type ResilientBackend } from './containers/resilience/backend';
import { createNotifier } from './notifications/notifier';
import { createPostgresEngine } from './postgres/container-engine';
import type { Engine } from './postgres/engine';
import { createSidecars, type Sidecars } from './postgres/sidecars/sidecars';
import {
  catalogueOf,
  checkDefaultsOf,
  dataConverterOf,
  deliveryPaceOf,
  egressOf,
  hostOf,
  limitsOf,
  linksOf,
  paceOf,
  resilienceOf,
  storeOf,
  temporalOf,
} from './settings';
import { createCipher } from './store/connection/cipher';
import { migrate } from './store/connection/migrate';
import { createStore, type Store } from './store/store';
import { createTemporalClient } from './temporal/connection';
import { createRuns, type Runs } from './temporal/operation-runs';

type CommonConfig = Pick<
  ApiConfig,
  | 'DATABASE_URL'
  | 'SLIPWAY_STORE_POOL_MAX'
  | 'SLIPWAY_STORE_CONNECT_TIMEOUT_MS'
  | 'SLIPWAY_STORE_STATEMENT_TIMEOUT_MS'
  | 'SLIPWAY_SECRET_KEY'
  | 'SLIPWAY_FORMER_SECRET_KEYS'
  | 'SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS'
  | 'SLIPWAY_TASK_QUEUE'
  | 'SLIPWAY_HEALTH_INTERVAL_SECONDS'
  | 'SLIPWAY_HEALTH_TIMEOUT_SECONDS'
  | 'SLIPWAY_HEALTH_FAILURES'
  | 'SLIPWAY_HEALTH_SUCCESSES'
> &
  TemporalConfig;

/** How often callers that wait for an operation's end are answered, in milliseconds. */
const waitingIntervalMs = 25;

/** How often events that came are looked for while somebody reads them, in milliseconds. */
const feedIntervalMs = 100;

/** How often the keys of those who read event streams are looked for, in milliseconds. */
const keyIntervalMs = 1_000;

/** How long a sidecar is waited for: its database does not wait for it longer. */
const sidecarTimeoutMs = 30_000;

/** The store, with its schema as this program needs it. Throws when the schema is refused or the store is away. */
export async function openStore(config: CommonConfig, logger: Logger): Promise<Store> {
  const settings = storeOf(config);
  const applied = await migrate(settings);
  if (applied.length > 0) logger.info({ migrations: applied }, 'migrated the store');
  const cipher = createCipher(config.SLIPWAY_SECRET_KEY, config.SLIPWAY_FORMER_SECRET_KEYS);
  return createStore(settings, cipher, checkDefaultsOf(config));
}

export function openTemporal(config: CommonConfig): { readonly client: Client; readonly runs: Runs } {
  const namespace = config.TEMPORAL_NAMESPACE;
  const client = createTemporalClient({ ...temporalOf(config), namespace, dataConverter: dataConverterOf(config) });
  return { client, runs: createRuns({ client, taskQueue: config.SLIPWAY_TASK_QUEUE }) };
}

export function composeApi(config: ApiConfig, store: Store, runs: Runs, logger: Logger): ApiDependencies {
  return {
    store,
    runs,
    logger,
    hostAgent: createHostAgent(store.hosts.agentUrl, agentKeyOf(config.SLIPWAY_SECRET_KEY)),
    conflicts: createConflicts(),
    requests: createRequestMetrics(),
    waiting: createWaiting({ finishedAmong: store.operations.finishedAmong, intervalMs: waitingIntervalMs, logger }),
    allowedTargets: config.SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS,
    streams: createEventStreams({
      heartbeatMs: config.SLIPWAY_EVENT_STREAM_HEARTBEAT_MS,
      stallTimeoutMs: config.SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS,
      inForceAmong: store.keys.inForceAmong,
      keyIntervalMs,
      logger,
    }),
    feed: createEventFeed({ events: store.events, intervalMs: feedIntervalMs, logger }),
    limits: limitsOf(config),
    healthRunCooldownSeconds: config.SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS,
    catalogue: catalogueOf(config),
    temporalUi: { url: config.SLIPWAY_TEMPORAL_UI_URL, namespace: config.TEMPORAL_NAMESPACE },
  };
}

/** What a worker reaches the world by. */
export interface HostPorts {
  readonly backend: ResilientBackend;
  readonly engine: Engine;
  readonly sidecars: Sidecars;
}

/** A host behind breaker, bulkhead and deadlines; every change of the breaker's state is logged. */
export function resilientBackend(config: WorkerConfig, backend: Backend, logger: Logger): ResilientBackend {
  const hostId = config.SLIPWAY_HOST_ID;
  return createResilientBackend(backend, {
    ...resilienceOf(config),
    hostId,
    changed: (breaker) => {
      const level = breaker.state === 'open' ? 'warn' : 'info';
      logger[level]({ hostId, breaker }, `the breaker of host ${hostId} is ${breaker.state.replace('_', ' ')}`);
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

/** The activities of a worker: of records, of messages, and of its host. */
export interface Activities {
  readonly control: ControlActivities;
  readonly deliveries: DeliveryActivities;
  readonly host: HostActivities;
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
