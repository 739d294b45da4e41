import { pino } from 'pino';
import { composeActivities, openStore, openTemporal, startWorker } from '../compose';
import { readWorkerConfig } from '../config';
import { memoryHost } from '../test/support/memory-host';

/** A worker whose containers are in memory, so that engines do not drown the figures of the control plane. */
async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  const logger = pino({ level: config.LOG_LEVEL });
  const store = await openStore(config, logger);
  const { runs } = openTemporal(config);
  const ports = memoryHost()(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
  process.send?.({ ready: true });
  process.on('SIGTERM', () => process.exit(0));
  // A parent that is gone cannot stop its children.
  process.on('disconnect', () => process.exit(0));
}

void main();
