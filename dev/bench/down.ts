import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { type BenchReceiver, startBenchReceiver } from './receiver';
import { type BenchSlipway, startBenchSlipway } from './slipway';
import { percentilesOf, round } from './statistics';

/** Milliseconds. */
export interface DownFigures {
  readonly kills: number;
  readonly p50: number;
  readonly max: number;
  /** The promised maximum: the interval times the threshold, plus two seconds. */
  readonly bound: number;
}

const kills = 10;
const intervalSeconds = 2;
const failureThreshold = 2;

/**
 * Measures from the kill of a real container to `database.down` at a real receiver, each at another point of the
 * interval.
 */
export async function measureDown(environment: NodeJS.ProcessEnv): Promise<DownFigures> {
  const receiver = await startBenchReceiver();
  const slipway = await startBenchSlipway({
    ...environment,
    SLIPWAY_HEALTH_INTERVAL_SECONDS: String(intervalSeconds),
    SLIPWAY_HEALTH_TIMEOUT_SECONDS: '1',
    SLIPWAY_HEALTH_FAILURES: String(failureThreshold),
    SLIPWAY_RECONCILE_REPAIR: 'false',
    SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8',
  });
  try {
    const times = await tell(slipway, receiver);
    const bound = (intervalSeconds * failureThreshold + 2) * 1000;
    return { kills, p50: percentilesOf(times).p50, max: round(Math.max(...times)), bound };
  } finally {
    await slipway.stop();
    await receiver.close();
  }
}

async function tell(slipway: BenchSlipway, receiver: BenchReceiver): Promise<number[]> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const channel = { name: 'bench', kind: 'webhook', config: { url: receiver.url, secret } };
  await slipway.client('POST', '/v1/notification-channels', channel);
  const id = await slipway.create();
  try {
    const docker = new Docker();
    const [found] = await docker.listContainers({ filters: { label: [`slipway.database=${id}`] } });
    if (found === undefined) throw new Error(`database ${id} has no container`);
    const container = docker.getContainer(found.Id);
    const times: number[] = [];
    for (let trial = 0; trial < kills; trial += 1) {
      await up(slipway, id);
      await delay(((trial + Math.random()) / kills) * intervalSeconds * 1000);
      const told = receiver.told('database.down');
      const killedAt = performance.now();
      await container.kill({ signal: 'SIGKILL' });
      times.push((await told) - killedAt);
      const recovered = receiver.told('database.recovered');
      await container.start();
      await recovered;
    }
    return times;
  } finally {
    await slipway.remove(id);
  }
}

async function up(slipway: BenchSlipway, databaseId: string): Promise<void> {
  for (;;) {
    const { items } = await slipway.client<{ items: { readonly state: string }[] }>(
      'GET',
      `/v1/health-checks?databaseId=${databaseId}`,
    );
    if (items[0]?.state === 'up') return;
    await delay(50);
  }
}
