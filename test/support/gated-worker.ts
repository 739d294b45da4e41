import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { openStore, openTemporal } from '../../process/connect';
import { composeActivities, dockerPorts } from '../../worker/compose';
import { startWorker } from '../../worker/start';
import { gated, type Point } from './points';
import { installRuntime } from './slipway';

/** Sent by the worker to the test: an activity has reached a point and waits for the test to release it. */
export interface ArrivedMessage {
  readonly arrived: number;
  readonly operationId: string;
  readonly point: Point;
}

/** Sent by the test to the worker: releases the activity that arrived with this number. */
export interface PassMessage {
  readonly pass: number;
}

/** A production worker that waits at every point, so that it can be killed there. Run it as a child with IPC. */
async function main(): Promise<void> {
  await installRuntime();
  const config = readWorkerConfig(process.env);
  const logger = pino({ level: config.service.logLevel });
  const store = await openStore(config, logger);
  const { runs } = openTemporal(config, store);
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
