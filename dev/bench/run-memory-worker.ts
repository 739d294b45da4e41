import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { openStore, openTemporal } from '../../process/connect';
import { composeActivities } from '../../worker/compose';
import { startWorker } from '../../worker/start';
import type { HostOf } from '../memory-host';

/** Runs a worker in this process as in production, an orderly shutdown included; only its host differs. */
export async function runMemoryWorker(hostOf: HostOf): Promise<void> {
  // Logs only errors: the outcome of an operation is recorded on the operation.
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const config = readWorkerConfig(process.env);
  const logger = pino({ level: config.service.logLevel });
  const store = await openStore(config, logger);
  const { client, runs } = openTemporal(config, store);
  const ports = hostOf(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  const worker = await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
  const end = async (): Promise<void> => {
    await worker.stop();
    await client.connection.close();
    await store.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  // Ends with its parent, which can no longer stop it.
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
}
