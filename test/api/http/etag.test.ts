import type { Request } from 'express';
import { etagOf, ifMatchOf } from '../../../api/http/etag';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import type { ApiClient } from '../../support/http';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

const backend = createMemoryBackend();
let slipway: Slipway;
let api: ApiClient;
let databaseId: string;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend) });
  api = slipway.api;
  const input = { name: 'tagged', version: '17', size: 'small' };
  databaseId = (await api.succeeded('POST', '/v1/databases', input)).database.id;
});
afterAll(async () => {
  await slipway?.stop();
});

const read = (path: string, headers = {}) => api.send('GET', path, undefined, headers);
const etag = async (path: string): Promise<string> => (await read(path)).headers.get('etag') ?? '';
const requestWith = (header: string | undefined) => ({ get: () => header }) as unknown as Request;

test.each([
  { header: undefined, versions: null },
  { header: '*', versions: null },
  { header: '"abc.def"', versions: ['abc'] },
  { header: '"abc.def", "ghi.jkl"', versions: ['abc', 'ghi'] },
  { header: ' "abc.def" ,"ghi"', versions: ['abc', 'ghi'] },
  { header: 'W/"abc.def"', versions: ['abc'] },
  { header: 'W/"abc.def", "ghi.jkl"', versions: ['abc', 'ghi'] },
  { header: '"abc.def-gzip"', versions: ['abc'] },
  { header: 'W/"abc.def--gzip", "ghi.jkl;br"', versions: ['abc', 'ghi'] },
  { header: '""', versions: [''] },
])('If-Match: $header allows $versions', ({ header, versions }) => {
  expect(ifMatchOf(requestWith(header))).toEqual(versions);
});

test.each(['', 'abc', '"abc', '"a" "b"', '"a",,"b"', 'w/"a"', '"a b"', '*, "a"'])(
  'If-Match: %s is refused',
  (header) => {
    expect(() => ifMatchOf(requestWith(header))).toThrow(/If-Match: expected/);
  },
);

test('a tag is another one for another version and for another view, and the same for the same', () => {
  const tag = etagOf('v', { a: 1 });
  expect(tag).toMatch(/^"v\.[\w-]{16}"$/);
  expect(etagOf('v', { a: 1 })).toBe(tag);
  expect(etagOf('v', { a: 2 })).not.toBe(tag);
  expect(etagOf('w', { a: 1 })).not.toBe(tag);
});

describe('every single resource', () => {
  const paths = async () => [
    `/v1/databases/${databaseId}`,
    `/v1/instances/${databaseId}-primary`,
    `/v1/operations/${(await read(`/v1/operations?databaseId=${databaseId}`)).body.items[0].id}`,
    // Nobody asks by it: its use would be seen on it.
    `/v1/keys/${(await slipway.api.send('POST', '/v1/keys', { name: 'unused', role: 'viewer' })).body.id}`,
    '/v1/tenants/default',
    '/v1/tenants/default/quota',
    '/v1/quota',
  ];

  test('has a strong ETag, and is 304 with an empty body to who has it', async () => {
    for (const path of await paths()) {
      const tag = await etag(path);
      expect(tag).toMatch(/^"[\w-]{16}\.[\w-]{16}"$/);
      for (const known of [tag, `"other", ${tag}`, `W/${tag}`, '*']) {
        const { status, body, headers } = await read(path, { 'if-none-match': known });
        expect({ path, known, status, body, tag: headers.get('etag') }).toEqual({
          path,
          known,
          status: 304,
          body: '',
          tag,
        });
      }
      // A 304 could not be told which stored answer it confirms: the tag of that is another one (RFC 9111, 4.3.4).
      const suffixed = tag.replace(/"$/, '-gzip"');
      for (const unknown of ['"other"', 'nonsense', tag.replaceAll('"', ''), suffixed]) {
        expect((await read(path, { 'if-none-match': unknown })).status).toBe(200);
      }
    }
  });

  test('a host too, whose load is part of what is shown', async () => {
    const path = `/v1/hosts/${slipway.environment.SLIPWAY_HOST_ID}`;
    await eventually(async () => {
      const tag = await etag(path);
      expect(tag).toMatch(/^"[\w-]{16}\.[\w-]{16}"$/);
      expect((await read(path, { 'if-none-match': tag })).status).toBe(304);
    });
  });
});

test('what is no single resource has no ETag and is never 304, also not to who would take anything', async () => {
  for (const path of ['/v1/databases', '/v1/sizes', `/v1/databases/${databaseId}/connection`, '/metrics']) {
    const { status, headers } = await read(path, { 'if-none-match': '*' });
    expect({ path, status, tag: headers.get('etag') }).toEqual({ path, status: 200, tag: null });
  }
});

test('what is merely seen makes another tag, and is no conflict to a change', async () => {
  const path = `/v1/databases/${databaseId}`;
  const before = await etag(path);
  const [instance] = (await slipway.store.databases.get('default', databaseId))?.instances ?? [];
  const generation = (await slipway.store.databases.get('default', databaseId))?.generation ?? 0;
  const seen = { detail: 'slow', containerState: 'running', exitCode: null, oomKilled: false, oomKilledAt: null };
  await slipway.store.observations.observe(
    [
      {
        ...seen,
        instanceId: instance?.id ?? '',
        generation,
        state: 'unhealthy',
        intervalSeconds: 60,
        startedAt: null,
        pendingRestart: [],
      },
    ],
    0,
  );
  const after = await read(path, { 'if-none-match': before });
  expect({ status: after.status, seen: after.body.instances?.[0].status }).toEqual({ status: 200, seen: 'unhealthy' });
  const { status, body } = await api.send('PATCH', path, { description: 'seen' }, { 'if-match': before });
  expect(status).toBe(202);
  await api.finished(body.operation.id);
});

test('of two PATCHes at once with one ETag one is accepted, and the other is 412 (B23)', async () => {
  const path = `/v1/databases/${databaseId}`;
  for (let round = 0; round < 5; round += 1) {
    const headers = { 'if-match': await etag(path) };
    const answers = await Promise.all(
      ['one', 'other'].map((text) => api.send('PATCH', path, { description: `${text} ${round}` }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 412]);
    const [accepted] = answers.filter(({ status }) => status === 202);
    const [refused] = answers.filter(({ status }) => status === 412);
    expect(refused?.body.code).toBe('precondition_failed');
    await api.finished(accepted?.body.operation.id);
    expect((await read(path)).body.description).toBe(accepted === answers[0] ? `one ${round}` : `other ${round}`);
  }
});

test('what was read before a change is no condition for the next, for PATCH, DELETE and every verb', async () => {
  const path = `/v1/databases/${databaseId}`;
  const instance = `/v1/instances/${databaseId}-primary`;
  const [old, oldInstance] = [await etag(path), await etag(instance)];
  await api.succeeded('POST', `${path}/restart`);
  const operations = (await read(`/v1/operations?databaseId=${databaseId}`)).body.items.length;
  const calls = [
    ['PATCH', path, { description: 'late' }, old],
    ['PATCH', `${path}?dryRun=true`, { parameters: { work_mem: '8MB' } }, old],
    ['DELETE', path, undefined, old],
    ['POST', `${path}/stop`, undefined, old],
    ['POST', `${path}/stop`, undefined, `W/${old}`],
    ['POST', `${path}/stop`, undefined, old.replace(/"$/, '-gzip"')],
    ['POST', `${path}/resize`, { size: 'medium' }, old],
    ['POST', `${instance}/restart`, undefined, oldInstance],
  ] as const;
  for (const [method, url, body, tag] of calls) {
    const answer = await api.send(method, url, body, { 'if-match': tag });
    expect({ url, status: answer.status, code: answer.body.code }).toEqual({
      url,
      status: 412,
      code: 'precondition_failed',
    });
  }
  expect((await read(`/v1/operations?databaseId=${databaseId}`)).body.items).toHaveLength(operations);
  for (const [url, tag] of [
    [`${instance}/restart`, await etag(instance)],
    [`${path}/restart`, '*'],
  ] as const) {
    const { status, body } = await api.send('POST', url, undefined, { 'if-match': tag });
    expect({ url, status }).toEqual({ url, status: 202 });
    await api.finished(body.operation.id);
  }
});

test.each([
  { title: 'weakened', altered: (tag: string) => `W/${tag}` },
  { title: 'with a suffix', altered: (tag: string) => tag.replace(/"$/, '-gzip"') },
])('a tag that a compressing proxy has $title is a condition for a change, too', async ({ title, altered }) => {
  const path = `/v1/databases/${databaseId}`;
  const headers = { 'if-match': altered(await etag(path)) };
  const { status, body } = await api.send('PATCH', path, { description: title }, headers);
  expect(status).toBe(202);
  await api.finished(body.operation.id);
  expect((await api.send('PATCH', path, { description: 'late' }, headers)).body.code).toBe('precondition_failed');
});

describe('what an administrator has read before a change is no condition for the next:', () => {
  /** A thing of each kind, what changes it, and what takes it away. */
  const things = {
    host: async () => {
      const { id } = (await api.send('POST', '/v1/hosts', { id: `host-${uniqueName()}` })).body;
      return { path: `/v1/hosts/${id}`, change: ['PATCH', '', { cordoned: true }] as const };
    },
    key: async () => {
      const { id } = (await api.send('POST', '/v1/keys', { name: 'short', role: 'viewer' })).body;
      return { path: `/v1/keys/${id}`, change: ['POST', '/rotate', { overlapSeconds: 60 }] as const };
    },
    tenant: async () => {
      const { id } = (await api.send('POST', '/v1/tenants', { name: uniqueName() })).body;
      return { path: `/v1/tenants/${id}`, change: null };
    },
  };

  test.each(Object.keys(things) as (keyof typeof things)[])('a %s', async (kind) => {
    const { path, change } = await things[kind]();
    const first = await etag(path);
    const send = (method: string, below: string, body: object | undefined, tag: string) =>
      api.send(method, `${path}${below}`, body, { 'if-match': tag });
    const stale = ['"other.tag"'];
    if (change !== null) {
      const [method, below, body] = change;
      expect((await send(method, below, body, '"other.tag"')).body.code).toBe('precondition_failed');
      expect((await send(method, below, body, first)).status).toBeLessThan(300);
      stale.push(first);
    }
    for (const tag of stale) expect((await send('DELETE', '', undefined, tag)).status).toBe(412);
    expect((await send('DELETE', '', undefined, await etag(path))).status).toBeLessThan(300);
  });
});

test('limits are set on those that were read; what is used meanwhile is no conflict', async () => {
  const path = '/v1/tenants/default/quota';
  const limits = { databases: 50, nanoCpus: null, memoryBytes: null };
  const set = (databases: number, tag: string) => api.send('PUT', path, { ...limits, databases }, { 'if-match': tag });
  const first = await etag(path);
  await api.succeeded('POST', '/v1/databases', { name: uniqueName(), version: '17', size: 'small' });
  const { status, headers } = await set(50, first);
  expect({ status, tag: headers.get('etag') }).toEqual({ status: 200, tag: await etag(path) });
  expect((await set(60, first)).body.code).toBe('precondition_failed');
  expect((await read(path)).body.databases.limit).toBe(50);
});

test('an operation is cancelled as it was read, or not; and the answer to a change has the ETag to go on with', async () => {
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'ensureNetwork' ? gate.opened : undefined) };
  const input = { name: 'cancelled', version: '17', size: 'small' };
  const { body, headers } = await api.send('POST', '/v1/databases', input);
  expect(headers.get('etag')).toMatch(/^"[\w-]{16}\.[\w-]{16}"$/);
  const path = `/v1/operations/${body.operation.id}`;
  const cancel = (tag: string) => api.send('POST', `${path}/cancel`, undefined, { 'if-match': tag });
  expect((await cancel('"other.tag"')).body.code).toBe('precondition_failed');
  expect((await api.send('POST', `${path}/abort`, undefined, { 'if-match': '"x"' })).body.code).toBe(
    'precondition_failed',
  );
  backend.intercept = {};
  gate.open();
  await api.finished(body.operation.id);
  const retry = await api.send('POST', `${path}/retry`, undefined, { 'if-match': '"x"' });
  // It succeeded: there is nothing to try again, whatever it looks like.
  expect(retry.body.code).toBe('not_retryable');
  const change = await api.send('PATCH', `/v1/databases/${body.database.id}`, { description: 'a' });
  await api.finished(change.body.operation.id);
  const again = await api.send('PATCH', `/v1/databases/${body.database.id}`, { description: 'a' });
  expect(again.body.operation).toBeNull();
  const next = { 'if-match': again.headers.get('etag') ?? '' };
  const removal = await api.send('DELETE', `/v1/databases/${body.database.id}`, undefined, next);
  expect(removal.status).toBe(202);
  await api.finished(removal.body.operation.id);
});

test('an If-Match that cannot be read is 400 and names the field', async () => {
  const { status, body } = await api.send('DELETE', `/v1/databases/${databaseId}`, undefined, { 'if-match': 'x' });
  expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'If-Match' });
});
