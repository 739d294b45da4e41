import { Runtime } from '@temporalio/worker';
import { workerProgram } from './config/config';
import { openStore, openTemporal } from './process/connect';
import { createLogger } from './process/log';
import { configOrExit, runService, type Service, withRetries } from './process/service';
import { composeActivities, dockerPorts } from './worker/compose';
import { startWorker } from './worker/start';
import { createTemporalLogger } from './worker/temporal-log';

const config = configOrExit(workerProgram);
const logger = createLogger('worker', config.service.logLevel);

const { metricsAddress } = config.runtime;

// No signals for Temporal: this process handles them itself, so that workers drain before pools close.
Runtime.install({
  shutdownSignals: [],
  logger: createTemporalLogger(logger),
  ...(metricsAddress === undefined
    ? {}
    : { telemetryOptions: { metrics: { prometheus: { bindAddress: metricsAddress } } } }),
});

async function start(failed: (error: unknown) => void): Promise<Service> {
  const store = await withRetries('open the store', logger, () => openStore(config, logger));
  const { client, runs } = openTemporal(config);
  const ports = dockerPorts(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  const worker = await withRetries('start the worker', logger, () =>
    startWorker(config, store, runs, ports, activities, logger, failed),
  );
  return {
    async stop() {
      await worker.stop();
      await client.connection.close();
      await store.close();
    },
  };
}

void runService({ logger, shutdownTimeoutMs: config.service.shutdownTimeoutMs + 5_000, start });
