import path from 'node:path';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createControlActivities } from './activities/control';
import type { Engine } from './activities/engine';
import { createHostActivities } from './activities/host';
import { createInterceptor } from './activities/interceptor';
import { createObservation } from './activities/observed';
import { createPostgresEngine } from './activities/real-engine';
import { createSidecars, type Sidecars } from './activities/sidecars';
import type { ControlActivities, HostActivities } from './activities/types';
import { createHostAgent } from './agent/client';
import { agentKeyOf } from './agent/protocol';
import { startAgent } from './agent/server';
import type { ApiDependencies } from './api/dependencies';
import { createEventFeed } from './api/event-feed';
import { createEventStreams } from './api/event-stream';
import { createConflicts } from './api/metrics/conflicts';
import { createRequestMetrics } from './api/metrics/requests';
import { createWaiting } from './api/waiting';
import type { ApiConfig, WorkerConfig } from './config';
import type { Backend } from './containers/backend';
import { createDockerBackend } from './containers/docker/backend';
import { createResilientBackend, type ResilientBackend } from './containers/resilience/backend';
import type { Owner } from './databases/names';
import { hostTaskQueue } from './databases/runs';
import { startReconciler } from './reconcile/reconciler';
import { createTemporalClient } from './runs/connection';
import { startLoop } from './runs/loop';
import { relayOnce } from './runs/relay';
import { createRuns, type Runs } from './runs/runs';
import { createSweep } from './runs/sweep';
import {
  catalogueOf,
  dataConverterOf,
  encryptedBundleOf,
  failureConverterPath,
  hostOf,
  limitsOf,
  paceOf,
  resilienceOf,
  storeOf,
} from './settings';
import { createCipher } from './store/cipher';
import { migrate } from './store/migrate';
import { createStore, type Store } from './store/store';

type CommonConfig = Pick<
  ApiConfig,
  | 'DATABASE_URL'
  | 'SLIPWAY_STORE_POOL_MAX'
  | 'SLIPWAY_STORE_CONNECT_TIMEOUT_MS'
  | 'SLIPWAY_STORE_STATEMENT_TIMEOUT_MS'
  | 'SLIPWAY_SECRET_KEY'
  | 'SLIPWAY_FORMER_SECRET_KEYS'
  | 'SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS'
  | 'TEMPORAL_ADDRESS'
  | 'TEMPORAL_NAMESPACE'
  | 'SLIPWAY_TASK_QUEUE'
>;

/** How often callers that wait for an operation's end are answered, in milliseconds. */
const waitingIntervalMs = 25;

/** How often events that came are looked for while somebody reads them, in milliseconds. */
const feedIntervalMs = 100;

/** How often requests are looked for whose Idempotency-Keys need not be known any more, in milliseconds. */
const pruneIntervalMs = 60_000;

/** How long activities have to end by themselves before they are cancelled by a shutdown. */
const shutdownGraceTime = '5 seconds';

/** How long a sidecar is waited for: its database does not wait for it longer. */
const sidecarTimeoutMs = 30_000;

/** Workflow runs that a worker keeps in memory between their tasks. */
const maxCachedWorkflows = 200;

/** The store, with its schema as this program needs it. Throws when the schema is refused or the store is away. */
export async function openStore(config: CommonConfig, logger: Logger): Promise<Store> {
  const settings = storeOf(config);
  const applied = await migrate(settings);
  if (applied.length > 0) logger.info({ migrations: applied }, 'migrated the store');
  return createStore(settings, createCipher(config.SLIPWAY_SECRET_KEY, config.SLIPWAY_FORMER_SECRET_KEYS));
}

export function openTemporal(config: CommonConfig): { readonly client: Client; readonly runs: Runs } {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config;
  const client = createTemporalClient({ address, namespace, dataConverter: dataConverterOf(config) });
  return { client, runs: createRuns({ client, taskQueue: config.SLIPWAY_TASK_QUEUE }) };
}

export function composeApi(config: ApiConfig, store: Store, runs: Runs, logger: Logger): ApiDependencies {
  return {
    store,
    runs,
    logger,
    hostAgent: createHostAgent(store, agentKeyOf(config.SLIPWAY_SECRET_KEY)),
    conflicts: createConflicts(),
    requests: createRequestMetrics(),
    waiting: createWaiting({ finishedAmong: store.operations.finishedAmong, intervalMs: waitingIntervalMs, logger }),
    streams: createEventStreams({
      heartbeatMs: config.SLIPWAY_EVENT_STREAM_HEARTBEAT_MS,
      stallTimeoutMs: config.SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS,
      logger,
    }),
    feed: createEventFeed({ events: store.events, intervalMs: feedIntervalMs, logger }),
    limits: limitsOf(config),
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

/** The activities of a worker: of records, and of its host. */
export interface Activities {
  readonly control: ControlActivities;
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
  return {
    control: createControlActivities({ store, installation, catalogue, pace: paceOf(config), isCurrentRun }),
    host: createHostActivities({ ...ports, store, installation, host: { id, address, addressPool } }),
  };
}

/**
 * Begins a worker's work: registers its host, polls the queue of records and the host's own, and runs relay, sweep and reconciler.
 *
 * @param failed called when polling ends by an error
 * @returns what ends it in order, with every activity drained
 */
export async function startWorker(
  config: WorkerConfig,
  store: Store,
  runs: Runs,
  { backend, engine }: HostPorts,
  activities: Activities,
  logger: Logger,
  failed: (error: unknown) => void,
): Promise<{ stop(): Promise<void> }> {
  const installation = await store.hosts.installation();
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const warn = (instanceId: string, error: unknown) =>
    logger.warn({ err: error, instanceId }, 'could not ask an engine');
  const look = createObservation({ store, backend, engine, hostId: config.SLIPWAY_HOST_ID, warn });
  const observe = (owner: Owner) => look(owner, true, {});
  const agentKey = agentKeyOf(config.SLIPWAY_SECRET_KEY);
  const agent = await startAgent({ backend, installation, agentKey, observe, logger });
  const close = async (): Promise<void> => {
    await agent.close();
    await connection.close();
  };
  const workers = await register().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const running = workers.map((worker) => worker.run());
  for (const run of running) run.catch(failed);
  const loops = [
    startLoop({
      name: 'relay',
      intervalMs: config.SLIPWAY_RELAY_INTERVAL_MS,
      run: () => relayOnce({ store, runs, logger, graceMs: config.SLIPWAY_RELAY_GRACE_MS }),
      logger,
    }),
    startLoop({
      name: 'sweep',
      intervalMs: config.SLIPWAY_SWEEP_INTERVAL_MS,
      run: createSweep({ store, runs, logger }),
      logger,
    }),
    startLoop({ name: 'prune', intervalMs: pruneIntervalMs, run: store.requests.prune, logger }),
    ...reconcilers(),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await close();
    },
  };

  /** None where it is switched off. */
  function reconcilers(): ReturnType<typeof startReconciler>[] {
    const intervalSeconds = config.SLIPWAY_RECONCILE_INTERVAL_SECONDS;
    if (intervalSeconds === 0) return [];
    const [hostId, catalogue] = [config.SLIPWAY_HOST_ID, catalogueOf(config)];
    const repairs = config.SLIPWAY_RECONCILE_REPAIR;
    return [
      startReconciler({
        store,
        runs,
        backend,
        engine,
        installation,
        hostId,
        catalogue,
        intervalSeconds,
        repairs,
        logger,
      }),
    ];
  }

  async function register(): Promise<Worker[]> {
    await store.hosts.register({ ...hostOf(config), agentUrl: agent.url });
    return createWorkers(config, connection, activities);
  }
}

/** One worker for records and planning, and one for the host. */
async function createWorkers(
  config: WorkerConfig,
  connection: NativeConnection,
  { control, host }: Activities,
): Promise<Worker[]> {
  const common = {
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverterOf(config),
    shutdownGraceTime,
    shutdownForceTime: config.SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS * 1000,
    interceptors: { activity: [createInterceptor] },
    // A cancel arrives with the answer to a heartbeat, so heartbeats are not held back for long.
    maxHeartbeatThrottleInterval: '500 milliseconds',
  } satisfies Partial<WorkerOptions>;
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: config.SLIPWAY_TASK_QUEUE,
      workflowBundle: await workflowBundle(config),
      maxCachedWorkflows,
      // A run goes on elsewhere this soon after its worker was killed.
      stickyQueueScheduleToStartTimeout: '2 seconds',
      activities: control,
    }),
    Worker.create({ ...common, taskQueue: hostTaskQueue(config.SLIPWAY_HOST_ID), activities: host }),
  ]);
}

/**
 * The workflows as one file: made by the build, or made now, which takes two seconds. They turn failures into payloads
 * themselves, so that there is a second file for payloads that are encrypted.
 */
async function workflowBundle({
  SLIPWAY_WORKFLOW_BUNDLE: file,
  SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: isEncrypted,
}: WorkerConfig): Promise<{ codePath: string } | { code: string }> {
  if (file !== undefined) return { codePath: path.resolve(isEncrypted ? encryptedBundleOf(file) : file) };
  return bundleWorkflowCode({
    workflowsPath: require.resolve('./workflows'),
    workflowInterceptorModules: [require.resolve('./workflows/interceptors')],
    logger: new DefaultLogger('WARN'),
    ...(isEncrypted ? { failureConverterPath } : {}),
  });
}
