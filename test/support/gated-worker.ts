import { pino } from 'pino';
import { composeActivities, dockerPorts, openStore, openTemporal, startWorker } from '../../compose';
import { readWorkerConfig } from '../../config';
import { gated, type Point } from './points';
import { installRuntime } from './slipway';

/** What a test tells the worker to do: hold the next activity that comes to this point. */
export interface HoldMessage {
  readonly hold: Point;
}

/** What the worker tells the test: an activity is at the point, and goes no further. */
export interface HeldMessage {
  readonly held: Point;
}

/** A worker as in production that can be held at a point, to be killed there. Run as a child with an IPC channel. */
async function main(): Promise<void> {
  installRuntime();
  const config = readWorkerConfig(process.env);
  const logger = pino({ level: config.LOG_LEVEL });
  const store = await openStore(config, logger);
  const { runs } = openTemporal(config);
  const ports = dockerPorts(config, store, logger);
  let hold: Point | null = null;
  process.on('message', (message: HoldMessage) => {
    hold = message.hold;
  });
  process.on('disconnect', () => process.exit(0));
  const activities = gated(await composeActivities(config, store, runs, ports), async (_operationId, point) => {
    if (hold?.activity !== point.activity || hold.moment !== point.moment) return;
    process.send?.({ held: point } satisfies HeldMessage);
    // Until it is killed.
    await new Promise(() => undefined);
  });
  await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
  process.send?.({ ready: true });
}

void main();
