import { Webhook } from 'standardwebhooks';
import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { DatabaseError } from '../../domain/errors';
import { deliveryWorkflowIdOf } from '../../domain/notifications/deliveries';
import { webhookSecret } from '../support/channels';
import { query } from '../support/database';
import { eventually } from '../support/eventually';
import { startKillableWorker } from '../support/killable';
import { type Receiver, startReceiver } from '../support/receiver';
import { type Slipway, startSlipway } from '../support/slipway';
import { uniqueName } from '../support/test-store';
import { happens, logOf, untilNewest } from '../support/told';

// From what happens to who is told of it, by a real store, a real Temporal and real receivers.

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  const env = { SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8', SLIPWAY_HEALTH_CHECKS: 'false' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  await slipway?.stop();
});

let receivers: Receiver[] = [];
afterEach(async () => {
  const { body } = await slipway.api.send('GET', '/v1/notification-channels?pageSize=200');
  for (const { id } of body.items) await slipway.api.send('DELETE', `/v1/notification-channels/${id}`);
  for (const receiver of receivers) await receiver.close();
  receivers = [];
  backend.intercept = {};
});

async function newReceiver(): Promise<{ receiver: Receiver; channelId: string }> {
  const receiver = await startReceiver();
  receivers.push(receiver);
  const { status, body } = await slipway.api.send('POST', '/v1/notification-channels', {
    name: uniqueName(),
    kind: 'webhook',
    config: { url: receiver.url, secret: webhookSecret },
  });
  expect(status).toBe(201);
  return { receiver, channelId: body.id };
}

/** A database, before there is a channel that would be told of its making. */
async function newDatabase(): Promise<string> {
  const { database } = await slipway.api.succeeded('POST', '/v1/databases', {
    name: uniqueName(),
    version: '17',
    size: 'small',
  });
  return database.id;
}

const idsOf = ({ received }: Receiver) => received.map(({ headers }) => headers['webhook-id']);
const typesOf = ({ received }: Receiver) => received.map(({ body }) => JSON.parse(body).type);
const tell = (type: Parameters<typeof happens>[1], databaseId: string) =>
  happens(slipway.database.url, type, databaseId);

/** The channel, and its binding to the database. */
async function lastNotified(channelId: string, databaseId: string): Promise<(string | null)[]> {
  const channel = await slipway.api.send('GET', `/v1/notification-channels/${channelId}`);
  const { body } = await slipway.api.send('GET', `/v1/health-checks?databaseId=${databaseId}`);
  const bindings = await slipway.api.send('GET', `/v1/health-checks/${body.items[0].id}/bindings`);
  const own = bindings.body.items.find((binding: { channelId: string }) => binding.channelId === channelId);
  return [channel.body.lastNotifiedAt, own.lastNotifiedAt];
}

test('what happens is told once, signed, and noted on channel and binding (E16, E23)', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  expect(await lastNotified(channelId, databaseId)).toEqual([null, null]);
  await tell('database.down', databaseId);
  const delivery = await untilNewest(slipway.api, channelId, { state: 'delivered', attempts: 1, error: null });
  expect(receiver.received).toHaveLength(1);
  const [{ headers = {}, body = '' } = {}] = receiver.received;
  const payload = new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as any;
  expect(payload).toMatchObject({ type: 'database.down', data: { notices: [{ databaseId }] } });
  expect(idsOf(receiver)).toEqual([delivery.id]);
  const [channel, binding] = await lastNotified(channelId, databaseId);
  expect([channel, binding]).toEqual([expect.any(String), expect.any(String)]);
});

test('a receiver that fails is asked again, with the same id, and counts as notified only then (E23)', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  receiver.answer = (_received, response) => response.writeHead(500).end('swordfish');
  await tell('database.down', databaseId);
  const failing = await untilNewest(slipway.api, channelId, {
    state: 'sending',
    error: { code: 'delivery_failed', message: '127.0.0.1 responded with 500' },
    nextAttemptAt: expect.any(String),
  });
  expect(JSON.stringify(failing)).not.toContain('swordfish');
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(2));
  expect(await lastNotified(channelId, databaseId)).toEqual([null, null]);
  receiver.answer = (_received, response) => response.writeHead(200).end();
  await untilNewest(slipway.api, channelId, { state: 'delivered', error: null, nextAttemptAt: null });
  expect(new Set(idsOf(receiver))).toEqual(new Set([failing.id]));
  expect(await lastNotified(channelId, databaseId)).toEqual([expect.any(String), expect.any(String)]);
});

test('a receiver that refuses is not asked again but by hand, then with the same id', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  receiver.answer = (_received, response) => response.writeHead(404).end();
  await tell('database.down', databaseId);
  const { id } = await untilNewest(slipway.api, channelId, { state: 'failed', attempts: 1 });
  receiver.answer = (_received, response) => response.writeHead(204).end();
  const path = `/v1/notification-channels/${channelId}/deliveries/${id}/redeliver`;
  expect(await slipway.api.send('POST', path)).toMatchObject({ status: 200, body: { id, state: 'pending' } });
  await untilNewest(slipway.api, channelId, { id, state: 'delivered', attempts: 1 });
  expect(idsOf(receiver)).toEqual([id, id]);
});

test('one that fails does not keep the others from being told (E19)', async () => {
  const databaseId = await newDatabase();
  const [failing, hanging, working] = [await newReceiver(), await newReceiver(), await newReceiver()];
  failing.receiver.answer = (_received, response) => response.writeHead(503).end();
  hanging.receiver.answer = () => undefined;
  await tell('database.down', databaseId);
  await untilNewest(slipway.api, working.channelId, { state: 'delivered', attempts: 1 });
  for (const { channelId } of [failing, hanging]) {
    expect(await logOf(slipway.api, channelId)).toMatchObject([{ state: expect.stringMatching(/sending|pending/) }]);
  }
});

test('messages are counted by kind and status when they are scraped, and the longest wait is shown (A29)', async () => {
  const databaseId = await newDatabase();
  const [taking, refusing, failing] = [await newReceiver(), await newReceiver(), await newReceiver()];
  refusing.receiver.answer = (_received, response) => response.writeHead(404).end();
  failing.receiver.answer = (_received, response) => response.writeHead(503, { 'retry-after': '600' }).end();
  const figures = async (kind = 'webhook') => {
    const { body } = await slipway.api.send('GET', '/metrics');
    const lines = (body as string).split('\n').filter((line) => /^slipway_\w*notification\w*{/.test(line));
    return Object.fromEntries(
      lines
        .filter((line) => line.includes(`kind="${kind}"`))
        .map((line) => [/status="(\w+)"/.exec(line)?.[1] ?? 'age', Number(line.split(' ').at(-1))]),
    );
  };
  expect(await figures()).toEqual({ waiting: 0, delivered: 0, failed: 0, age: 0 });
  await tell('database.down', databaseId);
  await untilNewest(slipway.api, taking.channelId, { state: 'delivered' });
  await untilNewest(slipway.api, refusing.channelId, { state: 'failed' });
  const { id } = await untilNewest(slipway.api, failing.channelId, { nextAttemptAt: expect.any(String) });
  const began = "UPDATE notification_deliveries SET began_at = now() - interval '90 seconds' WHERE id = $1";
  await query(slipway.database.url, began, [id]);
  const { age, ...counts } = await figures();
  expect(counts).toEqual({ waiting: 1, delivered: 1, failed: 1 });
  expect(age).toBeGreaterThan(89);
  expect(await figures('slack')).toEqual({ waiting: 0, delivered: 0, failed: 0, age: 0 });
  // What no worker has put into a message yet waits, too.
  await slipway.stopWorker();
  try {
    await slipway.api.send('DELETE', `/v1/notification-channels/${failing.channelId}`);
    await tell('operation.stuck', databaseId);
    const told =
      "UPDATE notification_notices SET created_at = now() - interval '300 seconds' WHERE delivery_id IS NULL";
    await query(slipway.database.url, told);
    expect((await figures()).age).toBeGreaterThan(299);
  } finally {
    await slipway.startWorker();
  }
});

test('one is told of a database in order, and of others meanwhile', async () => {
  const [databaseId, otherId] = [await newDatabase(), await newDatabase()];
  const { receiver, channelId } = await newReceiver();
  let isMended = false;
  receiver.answer = ({ body }, response) => {
    const isDown = JSON.parse(body).type === 'database.down';
    response.writeHead(isDown && !isMended ? 500 : 204).end();
  };
  await tell('database.down', databaseId);
  await tell('database.recovered', databaseId);
  await tell('database.repaired', otherId);
  // Of messages that are made in one pass neither is the newer one.
  await eventually(async () => {
    const repaired = (await logOf(slipway.api, channelId)).find(({ type }) => type === 'database.repaired');
    expect(repaired).toMatchObject({ state: 'delivered' });
  });
  expect(typesOf(receiver)).not.toContain('database.recovered');
  isMended = true;
  await untilNewest(slipway.api, channelId, { state: 'delivered', type: 'database.recovered' });
  const taken = typesOf(receiver).filter((type) => type !== 'database.repaired');
  expect(taken.indexOf('database.recovered')).toBe(taken.length - 1);
});

test('a run that is terminated is seen on the message, which can be sent again', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  receiver.answer = (_received, response) => response.writeHead(503, { 'retry-after': '600' }).end();
  await tell('database.down', databaseId);
  const { id } = await untilNewest(slipway.api, channelId, { state: 'sending', nextAttemptAt: expect.any(String) });
  await slipway.temporal.workflow.getHandle(deliveryWorkflowIdOf(id)).terminate('by a test');
  await untilNewest(slipway.api, channelId, { state: 'failed', error: { code: 'aborted' }, nextAttemptAt: null });
  receiver.answer = (_received, response) => response.writeHead(204).end();
  await slipway.api.send('POST', `/v1/notification-channels/${channelId}/deliveries/${id}/redeliver`);
  await untilNewest(slipway.api, channelId, { id, state: 'delivered', error: null });
});

test('a worker that is killed after it has sent: it is sent again, with the same id alone', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  await slipway.stopWorker();
  try {
    // On a host of its own: its container engine is a real one.
    const worker = await startKillableWorker({ ...slipway.environment, SLIPWAY_HOST_ID: 'killed' });
    // Received, and not yet confirmed.
    receiver.answer = () => undefined;
    await tell('database.down', databaseId);
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await worker.kill();
    await slipway.store.hosts.remove('killed', null, { actor: 'ada' });
    receiver.answer = (_received, response) => response.writeHead(204).end();
  } finally {
    // Without a worker, every later test would wait in vain.
    await slipway.startWorker();
  }
  const { id } = await untilNewest(slipway.api, channelId, { state: 'delivered' });
  expect(idsOf(receiver)).toEqual([id, id]);
});

test('an operation that fails is told with its reason, and what Temporal keeps has the id alone', async () => {
  const databaseId = await newDatabase();
  const { receiver, channelId } = await newReceiver();
  backend.intercept = {
    before: (call) => {
      if (call === 'stopContainer') throw new DatabaseError('invalid_container', 'the host says no');
    },
  };
  const { body } = await slipway.api.send('POST', `/v1/databases/${databaseId}/stop`);
  await slipway.api.finished(body.operation.id);
  const { id } = await untilNewest(slipway.api, channelId, { state: 'delivered', type: 'operation.failed' });
  expect(JSON.parse(receiver.received[0]?.body ?? '').data.notices).toMatchObject([
    { databaseId, operationId: body.operation.id, data: { kind: 'stop', error: { code: 'invalid_container' } } },
  ]);
  const handle = slipway.temporal.workflow.getHandle(deliveryWorkflowIdOf(id));
  const { events } = await handle.fetchHistory();
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const input = started?.input?.payloads?.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')));
  expect(input).toEqual([{ deliveryId: id }]);
  const text = Buffer.from(JSON.stringify(events)).toString('utf8');
  expect(text).not.toContain(webhookSecret.slice(6));
});

describe('a test message', () => {
  const sendTest = (channelId: string) => slipway.api.send('POST', `/v1/notification-channels/${channelId}/test`);

  test('goes to the receiver now, and stands in no log (E16)', async () => {
    const { receiver, channelId } = await newReceiver();
    expect((await sendTest(channelId)).status).toBe(204);
    expect(typesOf(receiver)).toEqual(['test']);
    expect(await logOf(slipway.api, channelId)).toEqual([]);
  });

  test('that is not taken is 502 with the cause, once, and without the words of the answer (E16)', async () => {
    const { receiver, channelId } = await newReceiver();
    receiver.answer = (_received, response) => response.writeHead(500).end('swordfish');
    const { status, body } = await sendTest(channelId);
    expect({ status, body }).toMatchObject({
      status: 502,
      body: { code: 'delivery_failed', detail: '127.0.0.1 responded with 500' },
    });
    expect(JSON.stringify(body)).not.toContain('swordfish');
    expect(receiver.received).toHaveLength(1);
  });

  test('of a channel that is disabled is 409 (E16)', async () => {
    const { receiver, channelId } = await newReceiver();
    await slipway.api.send('PATCH', `/v1/notification-channels/${channelId}`, { enabled: false });
    expect(await sendTest(channelId)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(receiver.received).toEqual([]);
  });
});
