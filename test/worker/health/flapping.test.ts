import { memoryHost } from '../../../dev/memory-host';
import type { CheckError } from '../../../domain/health/check-errors';
import { webhookSecret } from '../../support/channels';
import { eventually } from '../../support/eventually';
import { type Receiver, startReceiver } from '../../support/receiver';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';
import { happens } from '../../support/told';

// From the monitor to the receiver: a database that comes and goes at the edge of its thresholds.

const refused: CheckError = { code: 'connection_refused', message: 'connect ECONNREFUSED' };
const failing = new Set<string>();
let slipway: Slipway;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const check = async (_address: unknown, { databaseId }: { databaseId: string }) =>
    failing.has(databaseId) ? refused : null;
  slipway = await startSlipway({
    ports: memoryHost(undefined, { check }),
    env: {
      SLIPWAY_HEALTH_CHECKS: 'true',
      // Long, so that only what a test asks for is run after the first time.
      SLIPWAY_HEALTH_INTERVAL_SECONDS: '3600',
      SLIPWAY_HEALTH_FAILURES: '3',
      SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS: '0',
      SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8',
    },
  });
  const channel = { name: 'duty', kind: 'webhook', config: { url: receiver.url, secret: webhookSecret } };
  expect((await slipway.api.send('POST', '/v1/notification-channels', channel)).status).toBe(201);
});
afterAll(async () => {
  await slipway?.stop();
  await receiver?.close();
});

/** A database that is up. */
async function watched(): Promise<{ id: string; checkId: string }> {
  const { api } = slipway;
  const input = { name: uniqueName(), version: '17', size: 'small' };
  const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
  const checkId = await eventually(async () => {
    const [check] = (await api.send('GET', `/v1/health-checks?databaseId=${id}`)).body.items;
    expect(check).toMatchObject({ state: 'up' });
    return check.id;
  });
  return { id, checkId };
}

/** Runs of `+` (went well) and `-`. */
async function run({ id, checkId }: { id: string; checkId: string }, pattern: string): Promise<void> {
  for (const sign of pattern) {
    if (sign === '+') failing.delete(id);
    else failing.add(id);
    expect((await slipway.api.send('POST', `/v1/health-checks/${checkId}/run`)).status).toBe(200);
  }
}

function received(databaseId: string): string[] {
  const messages = receiver.received.map(({ body }) => JSON.parse(body));
  return messages.filter(({ data }) => data.notices[0].databaseId === databaseId).map(({ type }) => type);
}

/** All that the receiver was told of a database until now: one is told of it in order, so that a last thing ends it. */
async function told({ id }: { id: string }): Promise<string[]> {
  const last = 'operation.stuck';
  const lasts = () => received(id).filter((type) => type === last).length;
  const before = lasts();
  await happens(slipway.database.url, last, id);
  await eventually(() => expect(lasts()).toBe(before + 1));
  return received(id).filter((type) => type !== last);
}

test('one that fails just below the threshold, again and again, is told to nobody (E06, E07)', async () => {
  const database = await watched();
  await run(database, '--+'.repeat(6));
  expect(await told(database)).toEqual([]);
});

test('one that flaps across the threshold is told once, until it has been well for long enough (E06, E07)', async () => {
  const database = await watched();
  const patch = { successThreshold: 3 };
  expect((await slipway.api.send('PATCH', `/v1/health-checks/${database.checkId}`, patch)).status).toBe(200);
  await run(database, '---++'.repeat(4));
  expect(await told(database)).toEqual(['database.down']);
  await run(database, '+++');
  expect(await told(database)).toEqual(['database.down', 'database.recovered']);
});
