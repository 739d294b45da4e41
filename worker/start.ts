import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { HostPorts } from '../activities/host-ports';
import { createObservation } from '../activities/observed';
import type { Activities } from '../activities/types';
import { agentKeyOf } from '../agent/channel';
import { startAgent } from '../agent/server';
import type { WorkerConfig } from '../config/config';
import type { Owner } from '../domain/names';
import { currentContract } from '../domain/planning/contract';
import { catalogueOf } from '../postgres/catalogue';
import { newId } from '../store/connection/ids';
import { countOwnMigrations } from '../store/connection/migrate';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';
import { inOneProcess } from './alone';
import { hostWatchIntervalMs, watchHosts } from './capacity/host-watch';
import { type Monitor, startMonitor } from './health/monitor';
import { createProbe } from './health/probe';
import { startLoop } from './loop';
import { startDeliveryLoops } from './notifications/relay';
import { relayOnce } from './operations/relay';
import { startRetention } from './operations/retention';
import { createSweep } from './operations/sweep';
import { startReconciler } from './reconcile/reconciler';
import { keepRegistered, registerReturnedHost } from './registration';
import { createWorkers, readWorkflows } from './temporal-workers';
import { unlessHeld } from './unless-held';

/** How often expired Idempotency-Keys, old health check results and old deliveries are deleted, in milliseconds. */
const pruneIntervalMs = 60_000;

/** How often new audit entries are added to the chain, in milliseconds. */
const sealIntervalMs = 5_000;

/**
 * Starts a worker: registers its host, once that is not declared lost, polls the task queues of its build, of messages and of the host, registers itself,
 * and runs the background loops, reconciler and monitor.
 *
 * @param failed called when polling ends with an error
 * @returns `stop`, which drains every activity before it closes connections
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
  const connection = await NativeConnection.connect(config.temporal.endpoint);
  const warn = (instanceId: string, error: unknown) =>
    logger.warn({ err: error, instanceId }, 'could not query an engine');
  const look = createObservation({ store, backend, engine, hostId: config.host.id, warn });
  const observe = (owner: Owner) => look(owner, true, {});
  const agentKey = agentKeyOf(config.secrets.secretKey);
  const agent = await startAgent({ backend, installation, agentKey, observe, logger, ...config.agent }).catch(
    async (error: unknown) => {
      await connection.close();
      throw error;
    },
  );
  const workflows = await readWorkflows(config.runtime.workflowBundle, config.temporal.isEncrypted);
  const worker = {
    id: newId(),
    hostId: config.host.id,
    build: workflows.build,
    release: await countOwnMigrations(),
    contract: currentContract,
  };
  const registration = { store, backend, host: { ...config.host, agentUrl: agent.url }, worker, logger };
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
    keepRegistered(registration, failed),
    startLoop({
      name: 'relay',
      intervalMs: config.relay.intervalMs,
      run: unlessHeld(store, () => relayOnce({ store, runs, logger, graceMs: config.relay.graceMs })),
      logger,
    }),
    startLoop({
      name: 'sweep',
      intervalMs: config.sweep.intervalMs,
      run: inOneProcess(
        { store, name: 'sweep', intervalMs: config.sweep.intervalMs },
        unlessHeld(store, createSweep({ store, runs, logger })),
      ),
      logger,
    }),
    startLoop({
      name: 'host watch',
      intervalMs: hostWatchIntervalMs,
      run: () => watchHosts({ store, runs, logger }),
      logger,
    }),
    startLoop({ name: 'stuck', intervalMs: config.sweep.intervalMs, run: reportStuck, logger }),
    startLoop({ name: 'seal', intervalMs: sealIntervalMs, run: store.auditChain.seal, logger }),
    startRetention({ store, logger, ...config.retention }),
    startLoop({ name: 'prune', intervalMs: pruneIntervalMs, run: unlessHeld(store, store.requests.prune), logger }),
    startLoop({
      name: 'prune results',
      intervalMs: pruneIntervalMs,
      run: unlessHeld(store, store.monitoring.prune),
      logger,
    }),
    ...startDeliveryLoops(
      { store, runs, logger },
      {
        relayMs: config.relay.intervalMs,
        sweepMs: config.sweep.intervalMs,
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
      await store.workers
        .remove(worker.id)
        .catch((error: unknown) => logger.warn({ err: error }, 'could not remove the stopped worker'));
      await close();
    },
  };

  async function reportStuck(): Promise<void> {
    const stuck = await store.operations.reportStuck(config.pace.operationDeadlineMs);
    if (stuck.length > 0) logger.warn({ operationIds: stuck }, 'operations make no progress');
  }

  /** None if reconciling is disabled. */
  function reconcilers(): ReturnType<typeof startReconciler>[] {
    if (config.reconcile.intervalSeconds === 0) return [];
    return [
      startReconciler({
        store,
        runs,
        backend,
        engine,
        installation,
        hostId: config.host.id,
        catalogue: catalogueOf(config.images),
        ...config.reconcile,
        logger,
      }),
    ];
  }

  /** None if health checks are disabled. */
  function monitors(): Monitor[] {
    if (!config.monitor.isEnabled) return [];
    const probe = createProbe({ backend, engine, installation, logger });
    const { concurrency } = config.monitor;
    return [startMonitor({ store, probe, hostId: config.host.id, concurrency, logger })];
  }

  async function register(): Promise<Worker[]> {
    const made = await store.monitoring.ensureAll();
    if (made > 0) logger.info({ made }, 'created missing health checks');
    await registerReturnedHost(registration);
    const created = await createWorkers(config, connection, activities, workflows);
    await store.workers.seen(worker);
    logger.info({ workerId: worker.id, build: worker.build, contract: worker.contract }, 'registered the worker');
    return created;
  }
}
