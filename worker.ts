import { Runtime } from '@temporalio/worker';
import { composeWorker, dockerPorts, openStore, openTemporal } from './compose';
import { readWorkerConfig } from './config';
import { configOrExit, createLogger, runService, type Service, withRetries } from './process';

const config = configOrExit(readWorkerConfig);
const logger = createLogger('worker', config.LOG_LEVEL);

// The signals are ours: workers drain before pools close.
Runtime.install({ shutdownSignals: [], logger: temporalLogger() });

async function start(failed: (error: unknown) => void): Promise<Service> {
  const store = await withRetries('open the store', logger, () => openStore(config, logger));
  const { client, runs } = openTemporal(config);
  const { workers, connection, agent, startLoops } = await withRetries('connect to Temporal', logger, () =>
    composeWorker(config, store, runs, dockerPorts(config, store), logger),
  );
  const running = workers.map((worker) => worker.run());
  for (const run of running) run.catch(failed);
  const loops = startLoops();
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await agent.close();
      await connection.close();
      await client.connection.close();
      await store.close();
    },
  };
}

/** Temporal's own log lines, in this process's log. */
function temporalLogger() {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  const log = (level: keyof typeof levels, message: string, meta?: object) => {
    const { error, ...rest } = (meta ?? {}) as { error?: unknown };
    logger[levels[level]]({ ...rest, ...(error === undefined ? {} : { err: error }) }, message);
  };
  return {
    log,
    trace: (message: string, meta?: object) => log('TRACE', message, meta),
    debug: (message: string, meta?: object) => log('DEBUG', message, meta),
    info: (message: string, meta?: object) => log('INFO', message, meta),
    warn: (message: string, meta?: object) => log('WARN', message, meta),
    error: (message: string, meta?: object) => log('ERROR', message, meta),
  };
}

void runService({ logger, shutdownTimeoutMs: config.SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS * 1000 + 5_000, start });
