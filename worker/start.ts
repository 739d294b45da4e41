import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { HostPorts } from '../activities/host-ports';
import { createInterceptor } from '../activities/interceptor';
import { createObservation } from '../activities/observed';
import type { Activities } from '../activities/types';
import { agentKeyOf } from '../agent/channel';
import { startAgent } from '../agent/server';
import type { WorkerConfig } from '../config/config';
import {
  agentAddressOf,
  catalogueOf,
  dataConverterOf,
  encryptedBundleOf,
  failureConverterPath,
  hostOf,
  temporalOf,
} from '../config/settings';
import type { Owner } from '../domain/names';
import { hostTaskQueue } from '../domain/temporal-names';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';
import { type Monitor, startMonitor } from './health/monitor';
import { createProbe } from './health/probe';
import { startLoop } from './loop';
import { startDeliveryLoops } from './notifications/relay';
import { relayOnce } from './operations/relay';
import { createSweep } from './operations/sweep';
import { startReconciler } from './reconcile/reconciler';

/** How often requests are looked for whose Idempotency-Keys need not be known any more, in milliseconds. */
const pruneIntervalMs = 60_000;

/** How often new entries of the audit are chained, in milliseconds. */
const sealIntervalMs = 5_000;

/**
 * How often a worker says again which host it serves: one that was forgotten meanwhile is known again, and where another
 * worker of the host had died, the API finds this one.
 */
const registerIntervalMs = 5_000;

/** How long activities have to end by themselves before they are cancelled by a shutdown. */
const shutdownGraceTime = '5 seconds';

/** Workflow runs that a worker keeps in memory between their tasks. */
const maxCachedWorkflows = 200;

/**
 * Begins a worker's work: registers its host, polls the queue of records and the host's own, and runs relay, sweep, reconciler
 * and monitor.
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
  const connection = await NativeConnection.connect(temporalOf(config));
  const warn = (instanceId: string, error: unknown) =>
    logger.warn({ err: error, instanceId }, 'could not query an engine');
  const look = createObservation({ store, backend, engine, hostId: config.SLIPWAY_HOST_ID, warn });
  const observe = (owner: Owner) => look(owner, true, {});
  const agentKey = agentKeyOf(config.SLIPWAY_SECRET_KEY);
  const agent = await startAgent({ backend, installation, agentKey, observe, logger, ...agentAddressOf(config) }).catch(
    async (error: unknown) => {
      await connection.close();
      throw error;
    },
  );
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
    startLoop({ name: 'register', intervalMs: registerIntervalMs, run: registerHost, logger }),
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
    startLoop({ name: 'stuck', intervalMs: config.SLIPWAY_SWEEP_INTERVAL_MS, run: reportStuck, logger }),
    startLoop({ name: 'seal', intervalMs: sealIntervalMs, run: store.auditChain.seal, logger }),
    startLoop({ name: 'prune', intervalMs: pruneIntervalMs, run: store.requests.prune, logger }),
    startLoop({ name: 'prune results', intervalMs: pruneIntervalMs, run: store.monitoring.prune, logger }),
    ...startDeliveryLoops(
      { store, runs, logger },
      {
        relayMs: config.SLIPWAY_RELAY_INTERVAL_MS,
        sweepMs: config.SLIPWAY_SWEEP_INTERVAL_MS,
        pruneMs: pruneIntervalMs,
      },
    ),
    ...reconcilers(),
    ...monitors(),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await close();
    },
  };

  async function reportStuck(): Promise<void> {
    const stuck = await store.stuck.report(config.SLIPWAY_OPERATION_DEADLINE_SECONDS * 1000);
    if (stuck.length > 0) logger.warn({ operationIds: stuck }, 'operations make no progress');
  }

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

  /** None where it is switched off. */
  function monitors(): Monitor[] {
    if (!config.SLIPWAY_HEALTH_CHECKS) return [];
    const probe = createProbe({ backend, engine, installation, logger });
    const [hostId, concurrency] = [config.SLIPWAY_HOST_ID, config.SLIPWAY_HEALTH_CONCURRENCY];
    return [startMonitor({ store, probe, hostId, concurrency, logger })];
  }

  async function registerHost(): Promise<void> {
    await store.hosts.register({ ...hostOf(config), agentUrl: agent.url });
  }

  async function register(): Promise<Worker[]> {
    const made = await store.monitoring.ensureAll();
    if (made > 0) logger.info({ made }, 'created missing health checks');
    await registerHost();
    return createWorkers(config, connection, activities);
  }
}

/** One worker for records and planning, and one for the host. */
async function createWorkers(
  config: WorkerConfig,
  connection: NativeConnection,
  { control, deliveries, host }: Activities,
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
      activities: { ...control, ...deliveries },
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
    workflowsPath: require.resolve('../workflows'),
    workflowInterceptorModules: [require.resolve('../workflows/interceptors')],
    logger: new DefaultLogger('WARN'),
    ...(isEncrypted ? { failureConverterPath } : {}),
  });
}
