import { webhookSecret } from '../support/channels';
import { eventually } from '../support/eventually';
import type { ApiClient } from '../support/http';
import { type OwnParts, startOwnParts } from '../support/own-parts';
import { type Receiver, startReceiver } from '../support/receiver';
import { uniqueName } from '../support/test-store';
import { happens, untilNewest } from '../support/told';

// Every part in a process of its own: what is away meanwhile loses no message, and makes none with another id.

let parts: OwnParts;
let api: ApiClient;
let receiver: Receiver;
let channelId: string;
beforeAll(async () => {
  parts = await startOwnParts({ SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8' });
  await parts.startWorker();
  api = (await parts.startApi()).client;
  receiver = await startReceiver();
  const config = { url: receiver.url, secret: webhookSecret };
  const { body } = await api.send('POST', '/v1/notification-channels', { name: uniqueName(), kind: 'webhook', config });
  channelId = body.id;
});
afterAll(async () => {
  await parts?.remove();
  await receiver?.close();
});

const idsOf = () => [...new Set(receiver.received.map(({ headers }) => headers['webhook-id']))];
const tell = (name: string) => happens(parts.databaseUrl, 'orphan.found', name, { hostId: 'local', name });

test('Temporal is away when something happens: it is told when Temporal is back', async () => {
  const before = idsOf().length;
  await parts.temporal.stop();
  await tell('awayawayaway');
  await untilNewest(api, channelId, { state: 'pending', notices: [{ databaseId: 'awayawayaway' }] });
  expect(idsOf()).toHaveLength(before);
  await parts.temporal.start();
  const { id } = await untilNewest(api, channelId, { state: 'delivered' });
  expect(idsOf().slice(before)).toEqual([id]);
});

test('Temporal is killed while a receiver fails: it is told when both are back, with the same id', async () => {
  const before = idsOf().length;
  receiver.answer = (_received, response) => response.writeHead(500).end();
  await tell('killkillkill');
  const { id } = await untilNewest(api, channelId, { state: 'sending', notices: [{ databaseId: 'killkillkill' }] });
  await parts.temporal.kill();
  receiver.answer = (_received, response) => response.writeHead(204).end();
  await parts.temporal.start();
  await untilNewest(api, channelId, { id, state: 'delivered' });
  expect(idsOf().slice(before)).toEqual([id]);
});

test('the store is killed between the sending and its confirmation: it is sent again with the same id', async () => {
  const before = receiver.received.length;
  let confirm = (): void => undefined;
  receiver.answer = (_received, response) => {
    confirm = () => response.writeHead(204).end();
  };
  await tell('storestorest');
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(before));
  await parts.store.kill();
  receiver.answer = (_received, response) => response.writeHead(204).end();
  confirm();
  await parts.store.start();
  const { id } = await untilNewest(api, channelId, { state: 'delivered', notices: [{ databaseId: 'storestorest' }] });
  const ids = receiver.received.slice(before).map(({ headers }) => headers['webhook-id']);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids)).toEqual(new Set([id]));
});
