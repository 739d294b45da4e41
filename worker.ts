import { Runtime } from '@temporalio/worker';
import { workerProgram } from './config/config';
import { openStore, openTemporal } from './process/connect';
import { createLogger } from './process/log';
import { configOrExit, runService, type Service, withRetries } from './process/service';
import { composeActivities, dockerPorts } from './worker/compose';
import { startHealthListener } from './worker/health-listener';
import { startWorker } from './worker/start';
import { statementBuckets, statementRecorder } from './worker/statements';

const config = configOrExit(workerProgram);
const logger = createLogger('worker', config.service.logLevel);

const { metricsAddress, healthAddress } = config.runtime;

// No signals for Temporal: this process handles them itself, so that workers drain before pools close.
Runtime.install({
  shutdownSignals: [],
  logger: temporalLogger(),
  ...(metricsAddress === undefined
    ? {}
    : {
        telemetryOptions: {
          metrics: { prometheus: { bindAddress: metricsAddress, histogramBucketOverrides: statementBuckets } },
        },
      }),
});

async function start(failed: (error: unknown) => void): Promise<Service> {
  const store = await withRetries('open the store', logger, () => openStore(config, logger));
  store.observeStatements(statementRecorder(Runtime.instance().metricMeter));
  const { client, runs } = openTemporal(config);
  const ports = dockerPorts(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  const worker = await withRetries('start the worker', logger, () =>
    startWorker(config, store, runs, ports, activities, logger, failed),
  );
  let shuttingDown = false;
  const listener =
    healthAddress === undefined
      ? null
      : await startHealthListener(healthAddress, {
          checks: { database: store.ping, temporal: runs.ping },
          isShuttingDown: () => shuttingDown,
          parts: { reconciler: config.reconcile.intervalSeconds > 0, healthChecks: config.monitor.isEnabled },
        });
  return {
    async stop() {
      shuttingDown = true;
      await worker.stop();
      await listener?.close();
      await client.connection.close();
      await store.close();
    },
  };
}

/** Writes Temporal's log lines to the log of this process. */
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

void runService({ logger, shutdownTimeoutMs: config.service.shutdownTimeoutMs + 5_000, start });
