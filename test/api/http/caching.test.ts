import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { readEvents } from '../../support/event-stream';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

let slipway: Slipway;
let databaseId: string;
let operationId: string;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend({ logs: () => ['one'] })) });
  const input = { name: 'cached', version: '17', size: 'small' };
  const { database, operation } = await slipway.api.succeeded('POST', '/v1/databases', input);
  [databaseId, operationId] = [database.id, operation.id];
});
afterAll(async () => {
  await slipway?.stop();
});

const revalidated = 'no-cache, private, no-transform';

const filled = (path: string) => path.replace('@database', databaseId).replace('@operation', operationId);

async function cachingOf(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  const answer = await slipway.api.send(method, filled(path), body, headers);
  return { status: answer.status, caching: answer.headers.get('cache-control') };
}

test.each([
  ['GET', '/v1/databases', undefined, 200],
  ['GET', '/v1/databases/@database', undefined, 200],
  ['PATCH', '/v1/databases/@database', {}, 200],
  ['POST', '/v1/databases', { name: 'other', version: '17', size: 'small' }, 202],
  ['POST', '/v1/tenants', { name: 'other' }, 201],
  ['GET', '/v1/databases/@database/logs', undefined, 200],
  ['GET', '/metrics', undefined, 200],
  ['GET', '/livez', undefined, 200],
  ['GET', '/readyz', undefined, 200],
] as const)('%s %s (%j) is for its caller alone, to be revalidated, and not to be compressed', async (...row) => {
  const [method, path, body, status] = row;
  expect(await cachingOf(method, path, body)).toEqual({ status, caching: revalidated });
});

test('a 304 and an answer without a body say the same of caching (RFC 9110, 15.4.5)', async () => {
  const known = { 'if-none-match': '*' };
  expect(await cachingOf('GET', '/v1/databases/@database', undefined, known)).toEqual({
    status: 304,
    caching: revalidated,
  });
  const { body } = await slipway.api.send('POST', '/v1/tenants', { name: uniqueName() });
  expect(await cachingOf('DELETE', `/v1/tenants/${body.id}`)).toEqual({ status: 204, caching: revalidated });
});

test.each([
  ['GET', '/v1/databases?pageSize=0', undefined, 400],
  ['GET', '/v1/databases/aaaaaaaaaaaa', undefined, 404],
  ['GET', '/v1/nothing', undefined, 404],
  ['PUT', '/v1/databases', undefined, 405],
  ['POST', '/v1/databases', { name: 'cached', version: '17', size: 'small' }, 409],
  ['GET', `/v1/databases?name=${'a'.repeat(9_000)}`, undefined, 414],
] as const)('the problem of %s %s is stored nowhere', async (method, path, body, status) => {
  expect(await cachingOf(method, path, body)).toEqual({ status, caching: 'no-store' });
});

test('neither is the refusal of a request without a key', async () => {
  const { status, headers } = await slipway.api.raw('/v1/databases');
  expect({ status, caching: headers.get('cache-control') }).toEqual({ status: 401, caching: 'no-store' });
});

test('an answer that shows a secret is stored nowhere', async () => {
  const { body: key } = await slipway.api.send('POST', '/v1/keys', { name: 'short', role: 'viewer' });
  for (const [method, path, body, status] of [
    ['GET', '/v1/databases/@database/connection', undefined, 200],
    ['POST', '/v1/keys', { name: 'another', role: 'viewer' }, 201],
    ['POST', `/v1/keys/${key.id}/rotate`, { overlapSeconds: 0 }, 201],
  ] as const) {
    expect(await cachingOf(method, path, body)).toEqual({ status, caching: 'no-store' });
  }
});

test.each(['/v1/events/stream', '/v1/operations/@operation/events', '/v1/databases/@database/logs?follow=true'])(
  'the stream %s is stored nowhere, and not to be compressed',
  async (path) => {
    const reader = await readEvents(slipway.api, filled(path));
    expect({ status: reader.status, caching: reader.headers.get('cache-control') }).toEqual({
      status: 200,
      caching: 'no-store, no-transform',
    });
    reader.leave();
  },
);

test('an answer that is repeated says the same of caching as the first', async () => {
  const headers = { 'idempotency-key': uniqueName() };
  for (let time = 0; time < 2; time += 1) {
    expect(await cachingOf('POST', '/v1/databases/@database/start', undefined, headers)).toEqual({
      status: 409,
      caching: 'no-store',
    });
    expect(await cachingOf('PATCH', '/v1/databases/@database', {}, { 'idempotency-key': 'same' })).toEqual({
      status: 200,
      caching: revalidated,
    });
  }
});
