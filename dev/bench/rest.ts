import { setTimeout as delay } from 'node:timers/promises';
import { startBenchSlipway } from './slipway';

/** The CPU usage of a worker without requests, as a share of one core. */
export interface RestFigures {
  readonly withoutDatabases: number;
  readonly withDatabases: number;
  readonly databases: number;
}

const databases = 20;

/** Uses real containers and the default intervals of health checks (60 s) and of the reconciler. */
export async function measureRest(environment: NodeJS.ProcessEnv, seconds: number): Promise<RestFigures> {
  const slipway = await startBenchSlipway(environment);
  const share = async (): Promise<number> => {
    // Waits for the work that a start or the last create leaves behind.
    await delay(5_000);
    const before = slipway.workerCpuSeconds();
    await delay(seconds * 1000);
    return (slipway.workerCpuSeconds() - before) / seconds;
  };
  const ids: string[] = [];
  try {
    const withoutDatabases = await share();
    for (let made = 0; made < databases; made += 1) ids.push(await slipway.create());
    return { withoutDatabases, withDatabases: await share(), databases };
  } finally {
    await Promise.all(ids.map((id) => slipway.remove(id)));
    await slipway.stop();
  }
}
