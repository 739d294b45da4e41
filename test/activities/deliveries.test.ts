import { ApplicationFailure } from '@temporalio/common';
import { createDeliveryActivities } from '../../activities/deliveries';
import { DatabaseError } from '../../domain/errors';
import { deliveryLimits } from '../../domain/notifications/deliveries';
import type { Notifier } from '../../notifications/notifier';
import { newWebhook } from '../support/channels';
import { ada, openTestStore, type TestStore } from '../support/test-store';

// One attempt at a time, on a real store, with a receiver that does what it is told.

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

const pace = { initialMs: 1_000, ...deliveryLimits };

/** A message to a channel of its own, and what sends it. */
async function newDelivery(send: Notifier['send']) {
  const { id: channelId } = await store.channels.create('default', newWebhook({ bindToAll: false }), ada);
  await bench.rows(
    `INSERT INTO notification_deliveries (id, tenant_id, channel_id, type, created_at, updated_at)
     VALUES ($1, 'default', $1, 'database.down', now(), now())`,
    [channelId],
  );
  const { sendNotification } = createDeliveryActivities({ store, notifier: { send }, pace });
  return {
    channelId,
    attempt: () => sendNotification({ deliveryId: channelId }),
    row: async () => (await store.deliveries.list('default', channelId, { pageSize: 1, pageToken: null })).items[0],
    began: (hoursAgo: number) =>
      bench.rows('UPDATE notification_deliveries SET began_at = now() - make_interval(hours => $2) WHERE id = $1', [
        channelId,
        hoursAgo,
      ]),
  };
}

const failing =
  (code: 'delivery_failed' | 'delivery_refused' | 'internal', details = {}) =>
  async () => {
    throw new DatabaseError(code, 'it answered 500', details);
  };

const failureOf = async (attempt: Promise<void>): Promise<ApplicationFailure> => {
  const failure = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (failure instanceof ApplicationFailure) return failure;
  throw new Error(`expected a failure, not ${String(failure)}`);
};

test('the next attempt is when the record says, twice as late each time (E23)', async () => {
  const delivery = await newDelivery(failing('delivery_failed'));
  for (const [attempts, delayMs] of [
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
  ] as const) {
    const failure = await failureOf(delivery.attempt());
    expect(failure).toMatchObject({ type: 'delivery_failed', nonRetryable: false, nextRetryDelay: delayMs });
    const row = await delivery.row();
    expect(row).toMatchObject({ state: 'sending', attempts, error: { code: 'delivery_failed' } });
    const inMs = (row?.nextAttemptAt?.getTime() ?? 0) - Date.now();
    expect(inMs).toBeGreaterThan(delayMs - 1_000);
    expect(inMs).toBeLessThanOrEqual(delayMs);
  }
});

test('a receiver that asks for patience gets it', async () => {
  const delivery = await newDelivery(failing('delivery_failed', { retryAfterSeconds: 300 }));
  expect(await failureOf(delivery.attempt())).toMatchObject({ nextRetryDelay: 300_000 });
});

test('after a day it is given up (E23)', async () => {
  const delivery = await newDelivery(failing('delivery_failed'));
  await delivery.attempt().catch(() => undefined);
  await delivery.began(23);
  expect(await failureOf(delivery.attempt())).toMatchObject({ nonRetryable: false });
  await delivery.began(24);
  expect(await failureOf(delivery.attempt())).toMatchObject({ nonRetryable: true });
  expect(await delivery.row()).toMatchObject({ state: 'failed', nextAttemptAt: null, sentAt: null });
});

test.each(['delivery_refused', 'internal'] as const)('%s is not tried again', async (code) => {
  const delivery = await newDelivery(failing(code));
  expect(await failureOf(delivery.attempt())).toMatchObject({ type: code, nonRetryable: true });
  expect(await delivery.row()).toMatchObject({ state: 'failed', attempts: 1, error: { code } });
});

test('what has ended is not sent again by an attempt that comes late', async () => {
  let sent = 0;
  const delivery = await newDelivery(async () => {
    sent += 1;
  });
  await delivery.attempt();
  await delivery.attempt();
  expect(sent).toBe(1);
  expect(await delivery.row()).toMatchObject({ state: 'delivered', attempts: 1, error: null });
});

test('a channel that was disabled meanwhile is told nothing, and the log says so', async () => {
  let sent = 0;
  const delivery = await newDelivery(async () => {
    sent += 1;
  });
  await store.channels.change('default', delivery.channelId, { enabled: false }, null, ada);
  expect(await failureOf(delivery.attempt())).toMatchObject({ nonRetryable: true });
  expect(await delivery.row()).toMatchObject({ state: 'failed', error: { message: 'the channel is disabled' } });
  expect(sent).toBe(0);
});

test('a channel that was removed meanwhile leaves nothing to do', async () => {
  const delivery = await newDelivery(failing('delivery_failed'));
  await store.channels.remove('default', delivery.channelId, null, ada);
  await delivery.attempt();
});

test('what was forgotten after a month is what has ended', async () => {
  const [ended, open] = [await newDelivery(async () => undefined), await newDelivery(failing('delivery_failed'))];
  await ended.attempt();
  await open.attempt().catch(() => undefined);
  await bench.rows("UPDATE notification_deliveries SET updated_at = now() - interval '31 days'");
  await store.deliveries.prune();
  expect(await ended.row()).toBeUndefined();
  expect(await open.row()).toMatchObject({ state: 'sending' });
});
