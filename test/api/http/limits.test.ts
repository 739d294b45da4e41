import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import type { Answer } from '../../support/http';
import { type Slipway, startSlipway } from '../../support/slipway';

const started: Slipway[] = [];
afterEach(async () => {
  for (const slipway of started.splice(0)) await slipway.stop();
});

async function start(env: Readonly<Record<string, string>>): Promise<Slipway> {
  const slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()), worker: false, env });
  started.push(slipway);
  return slipway;
}

const limited = ({ status, body, headers }: Answer) => ({ status, code: body.code, after: headers.get('retry-after') });
const tooMany = { status: 429, code: 'rate_limited', after: expect.stringMatching(/^[1-9]\d?$/) };

test('a key that asks more than it may is 429, and every answer says how much is left', async () => {
  const { api } = await start({ SLIPWAY_RATE_LIMIT_PER_MINUTE: '3' });
  for (const left of [2, 1, 0]) {
    const { status, headers } = await api.send('GET', '/v1/sizes');
    expect(status).toBe(200);
    expect(headers.get('ratelimit-policy')).toMatch(/^"key"; q=3; w=60/);
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"key"; r=${left}; t=\\d+`));
  }
  const refused = await api.send('GET', '/v1/sizes');
  expect(limited(refused)).toEqual(tooMany);
  expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(refused.headers.get('x-request-id')).toBe(refused.body.requestId);
  expect(limited(await api.send('POST', '/v1/databases', {}, { 'idempotency-key': 'late' }))).toEqual(tooMany);
  // Whoever looks whether the process lives has no key.
  expect((await api.raw('/livez')).status).toBe(200);
});

test('an address that tries wrong keys may not try any more; another may', async () => {
  const { api } = await start({ SLIPWAY_FAILED_LOGINS_PER_MINUTE: '2', SLIPWAY_TRUSTED_PROXIES: '127.0.0.1, ::1' });
  const ask = (key: string, address: string) =>
    api.raw('/v1/sizes', { headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': address } });
  const [one, other] = ['203.0.113.1', '203.0.113.2'];
  // What is right is not counted.
  for (let time = 0; time < 5; time += 1) expect((await ask(api.key, one)).status).toBe(200);
  for (let time = 0; time < 2; time += 1) expect((await ask('wrong', one)).status).toBe(401);
  expect(limited(await ask('wrong', one))).toEqual(tooMany);
  expect(limited(await ask(api.key, one))).toEqual(tooMany);
  expect((await ask(api.key, other)).status).toBe(200);
  expect((await ask('wrong', other)).status).toBe(401);
  // Addresses of one IPv6 network are one.
  for (const address of ['2001:db8::1', '2001:db8::2']) expect((await ask('wrong', address)).status).toBe(401);
  expect(limited(await ask('wrong', '2001:db8::3'))).toEqual(tooMany);
});

test('nobody names another address without a proxy that is trusted', async () => {
  const { api } = await start({ SLIPWAY_FAILED_LOGINS_PER_MINUTE: '1' });
  const ask = (address: string) => api.raw('/v1/sizes', { headers: { 'x-forwarded-for': address } });
  expect((await ask('203.0.113.1')).status).toBe(401);
  expect(limited(await ask('203.0.113.2'))).toEqual(tooMany);
});

test('without limits nothing is counted and nothing said', async () => {
  const { api } = await start({ SLIPWAY_RATE_LIMIT_PER_MINUTE: '0', SLIPWAY_FAILED_LOGINS_PER_MINUTE: '0' });
  const { headers } = await api.send('GET', '/v1/sizes');
  expect(headers.get('ratelimit')).toBeNull();
  for (let time = 0; time < 100; time += 1) expect((await api.raw('/v1/sizes')).status).toBe(401);
});

test('a URL that is too long is 414, and headers that are too long are 431', async () => {
  const { api } = await start({});
  const long = await api.send('GET', `/v1/databases?name=${'a'.repeat(8192)}`);
  expect({ status: long.status, code: long.body.code }).toEqual({ status: 414, code: 'uri_too_long' });
  expect((await api.raw('/v1/sizes', { headers: { 'x-long': 'a'.repeat(17_000) } })).status).toBe(431);
});
