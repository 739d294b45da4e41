import { apiProgram } from '../config/config';
import { openStore, openTemporal } from '../process/connect';
import { createLogger } from '../process/log';
import { configOrExit, runService, type Service, withRetries } from '../process/service';
import { createApp } from './app';
import { composeApi } from './compose';
import { drainOf } from './http/drain';
import { createLimitedServer } from './http/server';

const config = configOrExit(apiProgram);
const logger = createLogger('api', config.service.logLevel);

async function start(failed: (error: unknown) => void): Promise<Service> {
  const store = await withRetries('open the store', logger, () => openStore(config, logger));
  const { client, runs } = openTemporal(config, store);
  const dependencies = composeApi(config, store, runs, logger);
  let shuttingDown = false;
  const health = { checks: { database: store.ping, temporal: runs.ping }, isShuttingDown: () => shuttingDown };
  const server = createLimitedServer(createApp(dependencies, health));
  const drain = drainOf(server);
  server.on('error', failed);
  const { port, address } = config.server;
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  logger.info({ address: server.address() }, 'listening');
  return {
    async stop() {
      shuttingDown = true;
      const drained = drain();
      dependencies.streams.endAll();
      dependencies.waiting.releaseAll();
      await drained;
      dependencies.hostAgent.close();
      await client.connection.close();
      await store.close();
    },
  };
}

void runService({ logger, shutdownTimeoutMs: config.service.shutdownTimeoutMs, start });
