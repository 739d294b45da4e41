import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { openStore, openTemporal } from '../../process/connect';
import { composeActivities, dockerPorts } from '../../worker/compose';
import { startWorker } from '../../worker/start';
import { gated, type Point } from './points';
import { installRuntime } from './slipway';

/** What the worker tells the test: an activity is at a point, and goes on when the test says so. */
export interface ArrivedMessage {
  readonly arrived: number;
  readonly operationId: string;
  readonly point: Point;
}

/** What the test tells the worker: who arrived with this number goes on. */
export interface PassMessage {
  readonly pass: number;
}

/** A worker as in production that asks at every point, to be killed there. Run as a child with an IPC channel. */
async function main(): Promise<void> {
  installRuntime();
  const config = readWorkerConfig(process.env);
  const logger = pino({ level: config.service.logLevel });
  const store = await openStore(config, logger);
  const { runs } = openTemporal(config);
  const ports = dockerPorts(config, store, logger);
  const waiting = new Map<number, () => void>();
  let arrivals = 0;
  process.on('message', ({ pass }: PassMessage) => {
    waiting.get(pass)?.();
    waiting.delete(pass);
  });
  process.on('disconnect', () => process.exit(0));
  const activities = gated(await composeActivities(config, store, runs, ports), async (operationId, point) => {
    const arrived = ++arrivals;
    await new Promise<void>((resolve) => {
      waiting.set(arrived, resolve);
      process.send?.({ arrived, operationId, point } satisfies ArrivedMessage);
    });
  });
  await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
  process.send?.({ ready: true });
}

void main();
