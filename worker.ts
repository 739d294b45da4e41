import { Runtime } from '@temporalio/worker';
import { workerProgram } from './config/config';
import { openStore, openTemporal } from './process/connect';
import { createLogger } from './process/log';
import { configOrExit, runService, type Service, withRetries } from './process/service';
import { composeActivities, dockerPorts } from './worker/compose';
import { startHealthListener } from './worker/health-listener';
import { startWorker } from './worker/start';
import { statementBuckets, statementRecorder } from './worker/statements';
import { createTemporalLogger } from './worker/temporal-log';

const config = configOrExit(workerProgram);
const logger = createLogger('worker', config.service.logLevel);

const { metricsAddress, healthAddress } = config.runtime;

// No signals for Temporal: this process handles them itself, so that workers drain before pools close.
Runtime.install({
  shutdownSignals: [],
  logger: createTemporalLogger(logger),
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
  const { client, runs } = openTemporal(config, store);
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

void runService({ logger, shutdownTimeoutMs: config.service.shutdownTimeoutMs + 5_000, start });
