import Docker from 'dockerode';
import { webhookSecret } from '../../support/channels';
import { eventually } from '../../support/eventually';
import type { ApiClient } from '../../support/http';
import { type OwnParts, startOwnParts } from '../../support/own-parts';
import { type Receiver, startReceiver } from '../../support/receiver';
import { untilNewest } from '../../support/told';

// Every part in a process of its own, a real database, and nobody who repairs it: store and Temporal are killed while it
// goes down, and again while it comes back.

let parts: OwnParts;
let api: ApiClient;
let receiver: Receiver;
beforeAll(async () => {
  parts = await startOwnParts({
    SLIPWAY_HEALTH_CHECKS: 'true',
    SLIPWAY_HEALTH_INTERVAL_SECONDS: '2',
    SLIPWAY_HEALTH_TIMEOUT_SECONDS: '1',
    SLIPWAY_HEALTH_FAILURES: '2',
    SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8',
  });
  await parts.startWorker();
  api = (await parts.startApi()).client;
  receiver = await startReceiver();
});
afterAll(async () => {
  await parts?.remove();
  await receiver?.close();
});

async function until(databaseId: string, wanted: object): Promise<{ id: string }> {
  return eventually(async () => {
    const { body } = await api.send('GET', `/v1/health-checks?databaseId=${databaseId}`);
    expect(body.items).toMatchObject([wanted]);
    return body.items[0];
  });
}

/** What the receiver was told, each message once, in the order in which they first came. */
function told(): string[] {
  const types = new Map(receiver.received.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).type]));
  return [...types.values()];
}

async function edges(databaseId: string): Promise<string[]> {
  const { body } = await api.send('GET', `/v1/events?databaseId=${databaseId}`);
  return body.items.map(({ type }: { type: string }) => type).filter((type: string) => type.startsWith('database.'));
}

async function killParts(): Promise<void> {
  await Promise.all([parts.store.kill(), parts.temporal.kill()]);
}

test('store and Temporal are killed while a database goes down and while it comes back: each is told once (E07, E23)', async () => {
  const input = { name: 'outlived', version: '17', size: 'small' };
  const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
  const check = await until(id, { state: 'up' });
  const config = { url: receiver.url, secret: webhookSecret };
  const channel = await api.send('POST', '/v1/notification-channels', { name: 'duty', kind: 'webhook', config });
  const channelId: string = channel.body.id;
  const docker = new Docker();
  const [found] = await docker.listContainers({ filters: { label: [`slipway.database=${id}`] } });
  const container = docker.getContainer(found?.Id ?? '');

  await container.kill();
  await until(id, { state: 'up', failures: 1 });
  await killParts();
  await parts.store.start();
  await until(id, { state: 'down', lastError: { code: 'container_exited' } });
  await untilNewest(api, channelId, { type: 'database.down', state: 'pending' });
  expect(told()).toEqual([]);
  await parts.temporal.start();
  await untilNewest(api, channelId, { type: 'database.down', state: 'delivered' });
  expect(told()).toEqual(['database.down']);

  // Sent, and not yet confirmed.
  let confirm = (): void => undefined;
  receiver.answer = (_received, response) => {
    confirm = () => response.writeHead(204).end();
  };
  await container.start();
  await eventually(() => expect(told()).toEqual(['database.down', 'database.recovered']));
  await killParts();
  receiver.answer = (_received, response) => response.writeHead(204).end();
  confirm();
  await Promise.all([parts.store.start(), parts.temporal.start()]);
  await untilNewest(api, channelId, { type: 'database.recovered', state: 'delivered' });
  expect(told()).toEqual(['database.down', 'database.recovered']);
  expect(await edges(id)).toEqual(['database.down', 'database.recovered']);

  const results = async () => (await api.send('GET', `/v1/health-checks/${check.id}/results`)).body.items;
  const before = (await results()).length;
  await eventually(async () => expect((await results()).length).toBeGreaterThan(before + 1));
  expect((await results())[0]).toMatchObject({ healthy: true });
  expect(told()).toHaveLength(2);
});
