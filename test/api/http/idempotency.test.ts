import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Client } from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { authenticate } from '../../../api/http/authenticate';
import { neverStored } from '../../../api/http/caching';
import { createIdempotency } from '../../../api/http/idempotency';
import { errorHandler } from '../../../api/http/problem';
import { route, serve } from '../../../api/http/route';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { type CommitProxy, startCommitProxy } from '../../support/commit-proxy';
import { query, required } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import type { Answer, ApiClient } from '../../support/http';
import { type Slipway, startSlipway } from '../../support/slipway';
import { throughProxy } from '../../support/tcp-proxy';

const backend = createMemoryBackend();
let slipway: Slipway;
let api: ApiClient;
beforeAll(async () => {
  // Whoever asks with many others waits for a connection for as long as it takes.
  const env = { SLIPWAY_STORE_CONNECT_TIMEOUT_MS: '60000' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
  api = slipway.api;
});
afterEach(() => {
  backend.intercept = {};
});
afterAll(async () => {
  await slipway?.stop();
});

const newKey = () => ({ 'idempotency-key': randomBytes(8).toString('hex') });
const newName = () => `db-${randomBytes(5).toString('hex')}`;
const input = (changes: object = {}) => ({ name: newName(), version: '17', size: 'small', ...changes });

/** What must be the same. */
const shown = ({ status, headers, body }: Answer) => ({
  status,
  body,
  headers: ['content-type', 'location', 'etag', 'retry-after'].map((name) => headers.get(name)),
});

/** A connection that holds a lock until it ends. */
async function holding(sql: string): Promise<Client> {
  const client = new Client({ connectionString: slipway.database.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return client;
}

const operationsOf = (databaseId: string) =>
  query(slipway.database.url, 'SELECT id FROM operations WHERE database_id = $1', [databaseId]);

test('a request that is repeated gets the same answer to the letter, also when all has gone on since', async () => {
  const key = newKey();
  const body = input();
  const first = await api.send('POST', '/v1/databases', body, key);
  expect(first.status).toBe(202);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  await api.finished(first.body.operation.id);
  const again = await api.send('POST', '/v1/databases', body, key);
  expect(shown(again)).toEqual(shown(first));
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const { version, size, name } = body;
  expect(shown(await api.send('POST', '/v1/databases', { size, name, version }, key))).toEqual(shown(first));
  expect(await operationsOf(first.body.database.id)).toHaveLength(1);
});

test('every verb takes a key, with and without a body, and an operation’s too', async () => {
  const { database } = await api.succeeded('POST', '/v1/databases', input());
  const path = `/v1/databases/${database.id}`;
  const calls = [
    ['POST', `${path}/stop`, undefined],
    ['POST', `${path}/start`, {}],
    ['PATCH', path, { description: 'told twice' }],
    ['POST', `/v1/instances/${database.id}-primary/restart`, undefined],
    ['DELETE', path, undefined],
  ] as const;
  for (const [method, url, body] of calls) {
    const key = newKey();
    const first = await api.send(method, url, body, key);
    expect({ url, status: first.status }).toEqual({ url, status: 202 });
    await api.finished(first.body.operation.id);
    expect(shown(await api.send(method, url, body, key))).toEqual(shown(first));
  }
  expect(await operationsOf(database.id)).toHaveLength(1 + calls.length);
});

test('a cancel that is repeated is answered as the first time, although there is nothing to cancel any more', async () => {
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'ensureNetwork' ? gate.opened : undefined) };
  const { body } = await api.send('POST', '/v1/databases', input());
  const key = newKey();
  const path = `/v1/operations/${body.operation.id}/cancel`;
  const first = await api.send('POST', path, undefined, key);
  expect(first.status).toBe(202);
  gate.open();
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'cancelled' });
  expect(shown(await api.send('POST', path, undefined, key))).toEqual(shown(first));
  expect((await api.send('POST', path, undefined, newKey())).body.code).toBe('already_finished');
});

test('a refusal is repeated too, although it would go well by now', async () => {
  const { body } = await api.send('POST', '/v1/databases', input());
  const key = newKey();
  const path = `/v1/databases/${body.database.id}/start`;
  const first = await api.send('POST', path, undefined, key);
  expect(first.status).toBe(409);
  await api.finished(body.operation.id);
  await api.succeeded('POST', `/v1/databases/${body.database.id}/stop`);
  expect(shown(await api.send('POST', path, undefined, key))).toEqual(shown(first));
  await api.succeeded('POST', path);
});

test('what is not valid is not yet a request: it may be put right under the same key', async () => {
  const key = newKey();
  expect((await api.send('POST', '/v1/databases', input({ version: 'x' }), key)).status).toBe(400);
  const { status, body } = await api.send('POST', '/v1/databases', input(), key);
  expect(status).toBe(202);
  await api.finished(body.operation.id);
});

test('the key of another path, method or body is 422, and nothing is done', async () => {
  const { database } = await api.succeeded('POST', '/v1/databases', input());
  const key = newKey();
  const path = `/v1/databases/${database.id}`;
  await api.finished((await api.send('POST', `${path}/stop`, undefined, key)).body.operation.id);
  const others = [
    ['POST', `${path}/start`, undefined],
    ['POST', `${path}/stop?a=b`, undefined],
    ['DELETE', path, undefined],
    ['PATCH', path, { description: 'x' }],
    ['POST', '/v1/databases', input()],
  ] as const;
  for (const [method, url, body] of others) {
    const { status, body: problem } = await api.send(method, url, body, key);
    const isInvalid = url.includes('?');
    expect({ url, status, code: problem.code }).toEqual({
      url,
      status: isInvalid ? 400 : 422,
      code: isInvalid ? 'invalid_request' : 'idempotency_mismatch',
    });
  }
  expect(await operationsOf(database.id)).toHaveLength(2);
});

test.each(['', 'a b', 'x'.repeat(256), 'ü'])('the key %j is 400', async (key) => {
  const headers = { 'idempotency-key': Buffer.from(key, 'utf8').toString('latin1') };
  const { status, body } = await api.send('POST', '/v1/databases', input(), headers);
  expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'Idempotency-Key' });
});

test('a key on a read is of no account', async () => {
  const key = newKey();
  expect((await api.send('GET', '/v1/sizes', undefined, key)).status).toBe(200);
  const { status, body } = await api.send('POST', '/v1/databases', input(), key);
  expect(status).toBe(202);
  await api.finished(body.operation.id);
});

test('while it is being answered a repetition is 409 and says when to come back', async () => {
  const key = newKey();
  const body = input();
  const lock = await holding(`LOCK TABLE events IN EXCLUSIVE MODE`);
  const first = api.send('POST', '/v1/databases', body, key);
  await eventually(async () => {
    const rows = await query(slipway.database.url, 'SELECT 1 FROM requests WHERE key = $1', [key['idempotency-key']]);
    expect(rows).toHaveLength(1);
  });
  const early = await api.send('POST', '/v1/databases', body, key);
  expect({ status: early.status, code: early.body.code, after: early.headers.get('retry-after') }).toEqual({
    status: 409,
    code: 'request_in_progress',
    after: '1',
  });
  await lock.end();
  const answered = await first;
  expect(answered.status).toBe(202);
  expect(shown(await api.send('POST', '/v1/databases', body, key))).toEqual(shown(answered));
  await api.finished(answered.body.operation.id);
});

describe('with the store cut off at a commit', () => {
  let proxy: CommitProxy;
  let cut: Slipway;
  beforeAll(async () => {
    proxy = await startCommitProxy(required('DATABASE_URL'));
    const toStore = (databaseUrl: string) => throughProxy(databaseUrl, proxy);
    cut = await startSlipway({ ports: memoryHost(), worker: false, toStore });
    // That a key was used is written once a minute: it is not to be among the commits that are counted.
    await query(cut.database.url, "UPDATE api_keys SET last_used_at = now() + interval '1 day'");
  });
  afterAll(async () => {
    await cut?.stop();
    await proxy?.close();
  });

  const moments = ['before', 'unreported'] as const;
  const commits = ['the claim', 'the accept', 'the answer'];
  test.each(commits.flatMap((what, index) => moments.map((moment) => ({ what, moment, nth: index + 1 }))))(
    'of $what ($moment): who insists gets one operation, and one answer',
    async ({ nth, moment }) => {
      const body = input();
      const key = newKey();
      proxy.aim(nth, moment);
      const { status } = await cut.api.send('POST', '/v1/databases', body, key);
      expect({ status, struck: proxy.hasStruck() }).toEqual({ status: 503, struck: true });
      const first = await eventually(async () => {
        const answer = await cut.api.send('POST', '/v1/databases', body, key);
        expect(answer.status).toBe(202);
        return answer;
      });
      expect(shown(await cut.api.send('POST', '/v1/databases', body, key))).toEqual(shown(first));
      const names = 'SELECT id FROM operations WHERE database_name = $1';
      expect(await query(cut.database.url, names, [body.name])).toEqual([{ id: first.body.operation.id }]);
    },
  );
});

describe('a route whose answer has a secret', () => {
  let server: Server;
  let served = 0;
  beforeAll(async () => {
    const secret = route({
      method: 'post',
      path: '/v1/secrets',
      permission: 'key:create',
      tag: 'test',
      summary: 'Make a secret',
      answers: { 201: { description: 'The secret' } },
      body: z.strictObject({ isRefused: z.boolean().optional() }),
      handle({ body, response }) {
        served += 1;
        if (body.isRefused === true) throw new DatabaseError('state_conflict', 'not now');
        response.status(201).set('Cache-Control', neverStored).json({ secret: 'shown-once' });
      },
    });
    const app = express();
    app.use(authenticate(slipway.store, pino({ level: 'silent' })));
    const { store } = slipway;
    const carriedOutOnce = createIdempotency({ store, logger: pino({ level: 'silent' }) } as never);
    app.use(serve([secret], carriedOutOnce, store.installation.requireReleased));
    app.use(errorHandler);
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Past the test client, which refuses a route that is not in the API document. */
  async function ask(body: object, headers: Record<string, string>): Promise<{ status: number; body: any }> {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/v1/secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  test('is answered once; the repetition is told why it is not, and nothing of it is kept', async () => {
    const key = newKey();
    expect((await ask({}, key)).body).toEqual({ secret: 'shown-once' });
    const { status, body } = await ask({}, key);
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: 409,
      code: 'answer_not_kept',
      detail: 'the request was answered with 201; its response contained a secret and was not stored',
    });
    const rows = await query(slipway.database.url, 'SELECT * FROM requests WHERE key = $1', [key['idempotency-key']]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('shown-once');
  });

  test('repeats its refusals as others do', async () => {
    const key = newKey();
    const before = served;
    for (let time = 0; time < 2; time += 1) {
      const { body } = await ask({ isRefused: true }, key);
      expect(body).toMatchObject({ code: 'state_conflict', detail: 'not now' });
    }
    expect(served).toBe(before + 1);
  });
});
