import { setTimeout as delay } from 'node:timers/promises';
import { startBenchSlipway } from './slipway';

/** What a whole worker takes while nobody asks anything of it, of one core. */
export interface RestFigures {
  readonly withoutDatabases: number;
  readonly withDatabases: number;
  readonly databases: number;
}

const databases = 20;

/** Real containers, each checked every 60 seconds, as is the default; the reconciler looks as often as it does by default. */
export async function measureRest(environment: NodeJS.ProcessEnv, seconds: number): Promise<RestFigures> {
  const slipway = await startBenchSlipway(environment);
  const share = async (): Promise<number> => {
    // What a start, or the last create, leaves to be done is not rest.
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
