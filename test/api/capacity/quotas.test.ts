import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { sizeClasses } from '../../../domain/spec';
import { type Gate, newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

const { small, medium } = sizeClasses;
const unlimited = { databases: null, nanoCpus: null, memoryBytes: null };

let slipway: Slipway;
/** Where an engine that starts is held, and what comes of it. */
let starting: { readonly reached: Gate; readonly released: Gate } | null = null;
let isReady = true;
beforeAll(async () => {
  const awaitReady = async () => {
    starting?.reached.open();
    await starting?.released.opened;
    if (!isReady) throw new DatabaseError('not_ready', 'the engine did not answer');
  };
  // Whoever asks with many others waits for a connection for as long as it takes.
  const env = { SLIPWAY_STORE_CONNECT_TIMEOUT_MS: '60000' };
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend(), { awaitReady }), env });
});
afterEach(async () => {
  isReady = true;
  starting?.released.open();
  starting = null;
  await setQuota({});
  const { items } = (await slipway.api.send('GET', '/v1/databases')).body;
  for (const { id } of items) {
    await untilAtRest(slipway, id);
    await slipway.api.succeeded('DELETE', `/v1/databases/${id}`);
    expect(await expectTruth(slipway, id, null)).toBe('gone');
  }
  expect(await used()).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
});
afterAll(async () => {
  await slipway?.stop();
});

function setQuota(limits: object) {
  return slipway.api.send('PUT', '/v1/tenants/default/quota', { ...unlimited, ...limits });
}

async function used() {
  const { databases, nanoCpus, memoryBytes } = (await slipway.api.send('GET', '/v1/quota')).body;
  return { databases: databases.used, nanoCpus: nanoCpus.used, memoryBytes: memoryBytes.used };
}

const input = () => ({ name: uniqueName(), version: '17', size: 'small' });

test('is read by its tenant and set by the installation; null is no limit', async () => {
  const { api } = slipway;
  const none = { limit: null, used: 0 };
  expect((await api.send('GET', '/v1/quota')).body).toEqual({
    tenantId: 'default',
    databases: none,
    nanoCpus: none,
    memoryBytes: none,
  });
  const { status, body } = await setQuota({ databases: 3, memoryBytes: 2 ** 41 });
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      tenantId: 'default',
      databases: { limit: 3, used: 0 },
      nanoCpus: none,
      memoryBytes: { limit: 2 ** 41, used: 0 },
    },
  });
  expect((await api.send('GET', '/v1/tenants/default/quota')).body).toEqual(body);
});

test.each([
  { title: 'a limit that is missing', body: { databases: 1, nanoCpus: 1 }, field: 'memoryBytes' },
  { title: 'a negative limit', body: { ...unlimited, databases: -1 }, field: 'databases' },
  { title: 'a fraction', body: { ...unlimited, nanoCpus: 0.5 }, field: 'nanoCpus' },
  { title: 'more than a number can say', body: { ...unlimited, memoryBytes: 2 ** 53 }, field: 'memoryBytes' },
  { title: 'storage, which nothing can hold to', body: { ...unlimited, storageBytes: 1 }, field: 'storageBytes' },
])('with $title is 400', async ({ body, field }) => {
  const answer = await slipway.api.send('PUT', '/v1/tenants/default/quota', body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([expect.objectContaining({ field })]);
});

test('of 10 databases lets 10 of 50 creates in that come at once; the others are 429', async () => {
  const { api } = slipway;
  await setQuota({ databases: 10 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.send('POST', '/v1/databases', input())));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(40);
  const refusal = answers.find(({ status }) => status === 429);
  expect(refusal?.body).toMatchObject({ code: 'quota_exceeded', quota: 'databases', used: 10, limit: 10, asked: 1 });
  expect(await used()).toMatchObject({ databases: 10 });
  for (const { body } of answers) if (body.operation !== undefined) await api.finished(body.operation.id);
  expect(await used()).toMatchObject({ databases: 10, memoryBytes: 10 * small.memoryBytes });
});

test('is given back by a create that fails, and asked of its retry', async () => {
  const { api } = slipway;
  isReady = false;
  const { body } = await api.send('POST', '/v1/databases', input());
  await api.finished(body.operation.id);
  expect(await expectTruth(slipway, body.database.id, null)).toBe('failed');
  expect(await used()).toMatchObject({ databases: 0, memoryBytes: 0 });
  isReady = true;
  await setQuota({ nanoCpus: small.nanoCpus - 1 });
  const refused = await api.send('POST', `/v1/operations/${body.operation.id}/retry`);
  expect({ status: refused.status, body: refused.body }).toMatchObject({ status: 429, body: { quota: 'nanoCpus' } });
  await setQuota({});
  await api.succeeded('POST', `/v1/operations/${body.operation.id}/retry`);
  expect(await used()).toEqual({ databases: 1, ...small });
});

test('is checked before a resize, and given back when that fails or is cancelled (B23)', async () => {
  const { api } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', input());
  const path = `/v1/databases/${database.id}`;
  await setQuota({ memoryBytes: medium.memoryBytes });
  const refused = await api.send('POST', `${path}/resize`, { size: 'large' });
  expect({ status: refused.status, body: refused.body }).toMatchObject({
    status: 429,
    body: { code: 'quota_exceeded', quota: 'memoryBytes', used: small.memoryBytes, limit: medium.memoryBytes },
  });
  const patched = await api.send('PATCH', path, { size: 'large' });
  expect(patched.status).toBe(429);

  starting = { reached: newGate(), released: newGate() };
  const cancelled = await api.send('POST', `${path}/resize`, { size: 'medium' });
  await starting.reached.opened;
  expect(await used()).toEqual({ databases: 1, ...medium });
  await api.send('POST', `/v1/operations/${cancelled.body.operation.id}/cancel`);
  starting.released.open();
  expect(await api.finished(cancelled.body.operation.id)).toMatchObject({ state: 'cancelled' });
  expect(await expectTruth(slipway, database.id, null)).toBe('available');
  expect(await used()).toEqual({ databases: 1, ...small });

  await api.succeeded('POST', `${path}/resize`, { size: 'medium' });
  expect(await used()).toEqual({ databases: 1, ...medium });
  await api.succeeded('PATCH', path, { size: 'micro' });
  expect(await used()).toEqual({ databases: 1, ...sizeClasses.micro });
});
