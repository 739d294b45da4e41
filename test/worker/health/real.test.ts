import Docker from 'dockerode';
import { webhookSecret } from '../../support/channels';
import { eventually } from '../../support/eventually';
import { type Receiver, startReceiver } from '../../support/receiver';
import { type Slipway, startSlipway } from '../../support/slipway';

// Nothing is repaired here, so that what is down stays down until the test brings it back.

const docker = new Docker();
let slipway: Slipway;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  slipway = await startSlipway({
    env: {
      SLIPWAY_HEALTH_CHECKS: 'true',
      SLIPWAY_HEALTH_INTERVAL_SECONDS: '2',
      SLIPWAY_HEALTH_TIMEOUT_SECONDS: '1',
      SLIPWAY_HEALTH_FAILURES: '2',
      SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8',
    },
  });
});
afterAll(async () => {
  await slipway?.stop();
  await receiver?.close();
});

const size = { nanoCpus: 1_000_000_000, memoryBytes: 256 * 1024 ** 2 };

async function created(name: string): Promise<{ id: string; container: Docker.Container }> {
  const { api, installation } = slipway;
  const { id } = (await api.succeeded('POST', '/v1/databases', { name, version: '17', size })).database;
  await until(id, { state: 'up', lastError: null });
  return { id, container: docker.getContainer(`slipway-${installation}-${id}-primary`) };
}

async function until(databaseId: string, wanted: object): Promise<any> {
  return eventually(async () => {
    const [check] = (await slipway.api.send('GET', `/v1/health-checks?databaseId=${databaseId}`)).body.items;
    expect(check).toMatchObject(wanted);
    return check;
  }, 30_000);
}

/** Runs that came to an end from now on. */
async function further(databaseId: string, count: number): Promise<void> {
  const read = async () => {
    const [{ id } = { id: '' }] = (await slipway.api.send('GET', `/v1/health-checks?databaseId=${databaseId}`)).body
      .items;
    return (await slipway.api.send('GET', `/v1/health-checks/${id}/results?pageSize=200`)).body.items.length as number;
  };
  const before = await read();
  await eventually(async () => expect(await read()).toBeGreaterThanOrEqual(before + count));
}

const told = async (databaseId: string): Promise<any[]> =>
  (await slipway.api.send('GET', `/v1/events?databaseId=${databaseId}`)).body.items.filter(
    ({ type }: { type: string }) => /^database\.(down|recovered)$/.test(type),
  );

/** What the receiver was told of a database, once it is so much. */
async function delivered(name: string, count: number): Promise<string[]> {
  return eventually(async () => {
    const about = receiver.received.filter(({ body }) => body.includes(`"${name}"`));
    expect(about).toHaveLength(count);
    return about.map(({ body }) => JSON.parse(body).type as string);
  }, 30_000);
}

test('a container that is killed is DOWN once, with the reason, and RECOVERED once when it runs again, and so it is told (E05, E07, E23)', async () => {
  const { id, container } = await created('killed');
  const channel = { name: 'duty', kind: 'webhook', config: { url: receiver.url, secret: webhookSecret } };
  expect((await slipway.api.send('POST', '/v1/notification-channels', channel)).status).toBe(201);
  await container.kill();
  const down = await until(id, { state: 'down', lastError: { code: 'container_exited' } });
  expect(down.lastError.message).toMatch(/exited with code 137$/);
  await further(id, 2);
  expect(await delivered('killed', 1)).toEqual(['database.down']);
  await container.start();
  await until(id, { state: 'up', lastError: null });
  await further(id, 2);
  expect(await told(id)).toMatchObject([
    { type: 'database.down', data: { databaseName: 'killed', failures: 2, error: { code: 'container_exited' } } },
    { type: 'database.recovered', data: { databaseName: 'killed', error: null } },
  ]);
  expect(await delivered('killed', 2)).toEqual(['database.down', 'database.recovered']);
});

test('what is frozen or removed past Slipway is named as that (E05)', async () => {
  const { id, container } = await created('frozen');
  await container.pause();
  await until(id, { state: 'down', lastError: { code: 'container_paused' } });
  await container.unpause();
  await until(id, { state: 'up' });
  await container.remove({ force: true });
  await until(id, { state: 'down', lastError: { code: 'container_missing' } });
});

test('stop, start, pause, resume, restart and resize tell nothing (E31, B04)', async () => {
  const { api } = slipway;
  const { id } = await created('changed');
  for (const action of ['stop', 'start', 'pause', 'resume', 'restart']) {
    await api.succeeded('POST', `/v1/databases/${id}/${action}`);
    if (action === 'stop' || action === 'pause') {
      await until(id, { state: 'unknown' });
      continue;
    }
    await further(id, 2);
  }
  await api.succeeded('POST', `/v1/databases/${id}/resize`, { size: { ...size, memoryBytes: 320 * 1024 ** 2 } });
  await further(id, 2);
  await until(id, { state: 'up' });
  expect(await told(id)).toEqual([]);
});
