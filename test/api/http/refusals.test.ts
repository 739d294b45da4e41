import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend) });
});
afterAll(async () => {
  await slipway?.stop();
});

const good = { name: 'orders', version: '17', size: 'small' };
const unknownId = 'aaaaaaaaaaaa';

/** Everything that a refused request must leave as it is; that it was refused is written. */
async function world(): Promise<unknown> {
  const counts = await query(
    slipway.database.url,
    `SELECT (SELECT count(*) FROM databases) AS databases, (SELECT count(*) FROM operations) AS operations,
       (SELECT count(*) FROM events) AS events, 
       (SELECT count(*) FROM audit_entries WHERE outcome <> 'refused') AS audit`,
  );
  return { counts, calls: [...backend.calls] };
}

const nul = String.fromCharCode(0);
test.each([
  { title: 'an unknown field', body: { ...good, color: 'red' }, field: 'color' },
  { title: 'a name that is missing', body: { version: '17', size: 'small' }, field: 'name' },
  { title: 'a name that is empty', body: { ...good, name: '' }, field: 'name' },
  { title: 'a name in upper case', body: { ...good, name: 'Orders' }, field: 'name' },
  { title: 'a name with a quote', body: { ...good, name: "o'rders" }, field: 'name' },
  { title: 'a name that is a path', body: { ...good, name: '../../etc' }, field: 'name' },
  { title: 'a name with NUL', body: { ...good, name: `orders${nul}` }, field: 'name' },
  { title: 'a name with an emoji', body: { ...good, name: 'orders🚢' }, field: 'name' },
  { title: 'a name of 64 characters', body: { ...good, name: 'a'.repeat(64) }, field: 'name' },
  { title: 'a name that is a number', body: { ...good, name: 7 }, field: 'name' },
  { title: 'a name that is a list', body: { ...good, name: ['orders'] }, field: 'name' },
  { title: 'an unknown version', body: { ...good, version: '9' }, field: 'version' },
  { title: 'a version that is not in the catalogue', body: { ...good, version: '16' }, field: 'version' },
  { title: 'an unknown size class', body: { ...good, size: 'gigantic' }, field: 'size' },
  { title: 'no memory', body: { ...good, size: { nanoCpus: 1e9, memoryBytes: 0 } }, field: 'size.memoryBytes' },
  { title: 'negative memory', body: { ...good, size: { nanoCpus: 1e9, memoryBytes: -1 } }, field: 'size.memoryBytes' },
  {
    title: 'a fraction of a byte',
    body: { ...good, size: { nanoCpus: 1e9, memoryBytes: 5e8 + 0.5 } },
    field: 'size.memoryBytes',
  },
  { title: 'huge memory', body: { ...good, size: { nanoCpus: 1e9, memoryBytes: 1e18 } }, field: 'size.memoryBytes' },
  {
    title: 'a fraction of a CPU that is not whole',
    body: { ...good, size: { nanoCpus: 0.5, memoryBytes: 5e8 } },
    field: 'size.nanoCpus',
  },
  { title: 'a size without CPUs', body: { ...good, size: { memoryBytes: 5e8 } }, field: 'size.nanoCpus' },
  {
    title: 'a parameter that is Slipway’s',
    body: { ...good, parameters: { archive_command: 'rm -rf /' } },
    field: 'parameters.archive_command',
  },
  {
    title: 'an unknown parameter',
    body: { ...good, parameters: { no_such_thing: 1 } },
    field: 'parameters.no_such_thing',
  },
  {
    title: 'a parameter out of range',
    body: { ...good, parameters: { work_mem: '1kB' } },
    field: 'parameters.work_mem',
  },
  { title: 'a label in upper case', body: { ...good, labels: { Team: 'a' } }, field: 'labels.Team' },
  { title: 'a body that is a list', body: [good], field: 'body' },
  { title: 'a body that is null', body: null, field: 'body' },
])('$title is 400 and names $field; nothing is written or called', async ({ body, field }) => {
  const before = await world();
  const answer = await slipway.api.send('POST', '/v1/databases', body);
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request', requestId: expect.any(String) });
  const errors = answer.body.errors as { field: string; expected: string; received: string }[];
  expect(errors.map((error) => error.field)).toContain(field);
  for (const error of errors)
    expect(error).toEqual({
      field: expect.any(String),
      expected: expect.stringMatching(/./),
      received: expect.any(String),
    });
  expect(await world()).toEqual(before);
});

test.each([
  { title: 'no body', init: {}, status: 400, code: 'invalid_request' },
  {
    title: 'broken JSON',
    init: { body: '{"name":', headers: { 'content-type': 'application/json' } },
    status: 400,
    code: 'invalid_request',
  },
  {
    title: 'another content type',
    init: { body: 'name=orders', headers: { 'content-type': 'text/plain' } },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    title: 'a body over 64 KB',
    init: {
      body: JSON.stringify({ ...good, description: 'x'.repeat(70_000) }),
      headers: { 'content-type': 'application/json' },
    },
    status: 413,
    code: 'payload_too_large',
  },
  {
    title: 'a body of great depth',
    init: {
      body: `{"name":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      headers: { 'content-type': 'application/json' },
    },
    status: 400,
    code: 'invalid_request',
  },
  {
    title: 'a body that is not the gzip it says',
    init: { body: 'not gzip', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    status: 400,
    code: 'invalid_request',
  },
  {
    title: 'a key that no object should have',
    init: { body: '{"name":"a","__proto__":{}}', headers: { 'content-type': 'application/json' } },
    status: 400,
    code: 'invalid_request',
  },
  {
    title: 'an unknown encoding',
    init: { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'zstandard' } },
    status: 415,
    code: 'unsupported_media_type',
  },
])('$title is $status', async ({ init, status, code }) => {
  const before = await world();
  const { key } = slipway.api;
  const headers = { authorization: `Bearer ${key}`, ...('headers' in init ? init.headers : {}) };
  const answer = await slipway.api.raw('/v1/databases', { ...init, method: 'POST', headers });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(await world()).toEqual(before);
});

test.each([
  ['GET', '/v1/databases/NOT-AN-ID'],
  ['GET', '/v1/databases/short/connection'],
  ['GET', '/v1/databases/%27%20OR%201=1/logs'],
  ['DELETE', '/v1/databases/..%2f..%2fetc'],
  ['GET', '/v1/operations/1'],
  ['POST', '/v1/operations/UPPERCASEIDS/cancel'],
  ['POST', '/v1/databases/NOT-AN-ID/stop'],
  ['POST', '/v1/instances/aaaaaaaaaaaa.primary/start'],
])('%s %s: a malformed id is 400 and names the field (A02)', async (method, path) => {
  const answer = await slipway.api.send(method, path);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].field).toBe('id');
});

test.each([
  ['GET', `/v1/databases/${unknownId}`],
  ['GET', `/v1/databases/${unknownId}/connection`],
  ['GET', `/v1/databases/${unknownId}/logs`],
  ['DELETE', `/v1/databases/${unknownId}`],
  ['GET', `/v1/operations/${unknownId}`],
  ['POST', `/v1/operations/${unknownId}/cancel`],
  ['POST', `/v1/operations/${unknownId}/retry`],
  ['POST', `/v1/operations/${unknownId}/abort`],
  ['GET', '/v1/nothing'],
])('%s %s: what is unknown is 404 (A03)', async (method, path) => {
  const answer = await slipway.api.send(method, path);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 404, code: 'not_found' });
});

test.each([
  { method: 'PUT', path: '/v1/databases', allowed: 'POST, GET' },
  { method: 'POST', path: `/v1/databases/${unknownId}`, allowed: 'GET, DELETE, PATCH' },
  { method: 'GET', path: `/v1/operations/${unknownId}/cancel`, allowed: 'POST' },
])('$method $path is 405, and says what there is', async ({ method, path, allowed }) => {
  const answer = await slipway.api.send(method, path);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 405, code: 'method_not_allowed' });
  expect(answer.headers.get('allow')).toBe(allowed);
});

test.each([
  '/v1/sizes?color=red',
  `/v1/databases/${unknownId}?expand=all`,
  '/v1/databases?pageSize=0',
  '/v1/databases?pageSize=201',
  '/v1/databases?pageSize=ten',
  '/v1/databases?pageToken=nonsense',
  '/v1/databases?pageToken=eyJhIjoxfQ',
  `/v1/databases?pageToken=${Buffer.from('{"at":"2026-01-01T00:00:00.000Z","id":"\\u0000"}').toString('base64url')}`,
  `/v1/databases?pageToken=${Buffer.from(`{"at":"0000-01-01T00:00:00.000Z","id":"${unknownId}"}`).toString('base64url')}`,
  '/v1/databases?label=a=%00',
  '/v1/databases?state=sleeping',
  '/v1/databases?sort=name',
  '/v1/databases?label=novalue',
  '/v1/operations?kind=explode',
  '/v1/operations?databaseId=x',
  `/v1/operations/${unknownId}?wait=61s`,
  `/v1/operations/${unknownId}?wait=1m`,
])('GET %s is 400', async (path) => {
  const answer = await slipway.api.send('GET', path);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'invalid_request' });
  expect(answer.body.errors.length).toBeGreaterThan(0);
});

describe.each([
  { title: 'no credentials', headers: {} },
  { title: 'a wrong key', headers: { authorization: 'Bearer 0000000000000000000000' } },
  { title: 'another scheme', headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } },
  { title: 'an empty key', headers: { authorization: 'Bearer ' } },
])('with $title', ({ headers }) => {
  test.each([
    ['POST', '/v1/databases'],
    ['GET', '/v1/databases'],
    ['GET', '/v1/sizes'],
    ['GET', `/v1/databases/${unknownId}`],
    ['GET', '/v1/databases/NOT-AN-ID'],
    ['DELETE', `/v1/databases/${unknownId}`],
    ['GET', '/v1/operations'],
    ['POST', `/v1/operations/${unknownId}/abort`],
    ['GET', '/v1/nothing'],
  ])('%s %s is 401, decided before anything is read (A04)', async (method, path) => {
    const before = await world();
    const answer = await slipway.api.raw(path, { method, headers: headers as Record<string, string> });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 401, code: 'unauthenticated' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await world()).toEqual(before);
  });
});

test('a request id is taken when it is plain, and given back', async () => {
  const own = await slipway.api.send('GET', '/v1/sizes', undefined, { 'x-request-id': 'my-request.1' });
  expect(own.headers.get('x-request-id')).toBe('my-request.1');
  const forged = await slipway.api.send('GET', '/v1/nothing', undefined, { 'x-request-id': 'a b\tc' });
  expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(forged.body.requestId).toBe(forged.headers.get('x-request-id'));
});
