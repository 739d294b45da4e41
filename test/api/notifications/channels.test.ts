import { randomBytes } from 'node:crypto';
import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import type { Answer, ApiClient } from '../../support/http';
import { clientOf } from '../../support/keys';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

let slipway: Slipway;
let api: ApiClient;
beforeAll(async () => {
  const env = { SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '10.20.0.0/16' };
  slipway = await startSlipway({ ports: memoryHost(), worker: false, env });
  api = slipway.api;
});
afterAll(async () => {
  await slipway?.stop();
});

const path = '/v1/notification-channels';
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const hookUrl = 'https://hooks.slack.example/services/T0/B0/swordfish';
const password = 'correct-horse-battery';

const configs = {
  webhook: { url: 'https://example.com/hook', secret },
  slack: { url: hookUrl },
  discord: { url: hookUrl },
  smtp: {
    host: 'mail.example.com',
    user: 'slipway',
    password,
    from: 'slipway@example.com',
    recipients: ['ops@example.com'],
  },
} as const;

type Kind = keyof typeof configs;

const create = (kind: Kind, changes: object = {}) =>
  api.send('POST', path, { name: uniqueName(), kind, config: configs[kind], ...changes });

async function created(kind: Kind, changes: object = {}): Promise<any> {
  const { status, body } = await create(kind, changes);
  expect(status).toBe(201);
  return body;
}

const isSecret = (text: string) => [secret, 'swordfish', password].some((one) => text.includes(one));

describe.each(Object.keys(configs) as Kind[])('a channel of kind %s', (kind) => {
  test('is made, read, listed, changed and removed, and shows nothing secret (E16, E24)', async () => {
    const made = await create(kind);
    expect(made.status).toBe(201);
    const { id } = made.body;
    expect(made.headers.get('location')).toBe(`${path}/${id}`);
    expect(made.body).toMatchObject({ kind, enabled: true, lastNotifiedAt: null });
    const read = await api.send('GET', `${path}/${id}`);
    expect(read.body).toEqual(made.body);
    const listed = await api.send('GET', `${path}?pageSize=200`);
    expect(listed.body.items).toContainEqual(made.body);
    const changed = await api.send('PATCH', `${path}/${id}`, { enabled: false });
    expect(changed.body).toEqual({ ...made.body, enabled: false, updatedAt: expect.any(String) });
    for (const answer of [made, read, listed, changed]) expect(isSecret(JSON.stringify(answer.body))).toBe(false);
    expect((await api.send('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await api.send('GET', `${path}/${id}`)).status).toBe(404);
  });
});

test('of a mail server the defaults are those of submission with STARTTLS (E16)', async () => {
  expect((await created('smtp')).config).toMatchObject({ port: 587, tls: 'starttls', user: 'slipway' });
});

test('on edit, an absent secret stays, and one that is given is taken (E24)', async () => {
  const { id } = await created('smtp');
  const moved = await api.send('PATCH', `${path}/${id}`, { config: { port: 465, tls: 'tls' } });
  expect(moved.body.config).toEqual({
    host: 'mail.example.com',
    port: 465,
    tls: 'tls',
    user: 'slipway',
    from: 'slipway@example.com',
    recipients: ['ops@example.com'],
  });
  expect(await slipway.store.channels.receiver('default', id)).toMatchObject({ port: 465, password });
  await api.send('PATCH', `${path}/${id}`, { config: { password: 'another' } });
  expect(await slipway.store.channels.receiver('default', id)).toMatchObject({ port: 465, password: 'another' });
  await api.send('PATCH', `${path}/${id}`, { config: { user: null, password: null } });
  expect(await slipway.store.channels.receiver('default', id)).toMatchObject({ user: null, password: null });
});

test('on edit, null removes a field of the config, which brings its default back (RFC 7396)', async () => {
  const { id } = await created('smtp', { config: { ...configs.smtp, port: 465, tls: 'tls' } });
  const { body } = await api.send('PATCH', `${path}/${id}`, { config: { port: null, tls: null } });
  expect(body.config).toMatchObject({ port: 587, tls: 'starttls', user: 'slipway' });
  const refused = await api.send('PATCH', `${path}/${id}`, { config: { host: null } });
  expect({ status: refused.status, field: refused.body.errors[0].field }).toEqual({
    status: 400,
    field: 'config.host',
  });
});

test('a signing secret is changed with an overlap, and shown in no answer', async () => {
  const { id } = await created('webhook');
  const next = `whsec_${randomBytes(24).toString('base64')}`;
  const rotated = await api.send('POST', `${path}/${id}/rotate-secret`, { secret: next });
  expect(rotated.status).toBe(200);
  expect(JSON.stringify(rotated.body)).not.toContain('whsec_');
  expect(await slipway.store.channels.receiver('default', id)).toMatchObject({ secrets: [next, secret] });
  const slack = await created('slack');
  expect((await api.send('POST', `${path}/${slack.id}/rotate-secret`, { secret: next })).status).toBe(409);
});

describe('a webhook without a secret', () => {
  const config = { url: 'https://example.com/hook' };
  const secretsOf = async (id: string) => (await slipway.store.channels.receiver('default', id)) as any;
  const notStored = ({ headers }: Answer) => expect(headers.get('cache-control')).toBe('no-store');

  /** Every row of the store, as text. */
  async function rowsOfStore(): Promise<string> {
    const { url } = slipway.database;
    const tables = await query<{ name: string }>(
      url,
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const rows = await Promise.all(tables.map(({ name }) => query(url, `SELECT t::text FROM "${name}" t`)));
    return JSON.stringify(rows);
  }

  test('is given one, which is shown by the create and never again', async () => {
    const made = await create('webhook', { config });
    const { secret: generated, ...channel } = made.body;
    expect(made.status).toBe(201);
    expect(generated).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    notStored(made);
    expect(await secretsOf(channel.id)).toMatchObject({ secrets: [generated] });
    const read = await api.send('GET', `${path}/${channel.id}`);
    expect({ body: read.body, etag: read.headers.get('etag') }).toEqual({
      body: channel,
      etag: made.headers.get('etag'),
    });
    const others = [
      read,
      await api.send('GET', `${path}?pageSize=200`),
      await api.send('PATCH', `${path}/${channel.id}`, { enabled: false }),
      await api.send('GET', '/v1/audit?pageSize=200'),
    ];
    expect(JSON.stringify(others.map(({ body }) => body))).toContain(channel.id);
    for (const { body } of others) expect(JSON.stringify(body)).not.toContain('whsec_');
    const rows = await rowsOfStore();
    expect(rows).toContain(channel.id);
    expect(rows).not.toContain(generated);
  });

  test('is made once under an Idempotency-Key: a repetition is told that the answer was not kept', async () => {
    const body = { name: uniqueName(), kind: 'webhook', config };
    const headers = { 'idempotency-key': uniqueName() };
    const first = await api.send('POST', path, body, headers);
    expect(first.status).toBe(201);
    const again = await api.send('POST', path, body, headers);
    expect(again).toMatchObject({ status: 409, body: { code: 'answer_not_kept' } });
    expect(JSON.stringify(again.body)).not.toContain('whsec_');
    const { items } = (await api.send('GET', `${path}?pageSize=200`)).body;
    expect(items.filter(({ name }: { name: string }) => name === body.name)).toHaveLength(1);
    expect(await rowsOfStore()).not.toContain(first.body.secret);
  });

  test('is given another by a rotation without one, shown once too; the former one still signs', async () => {
    const { id, secret: former } = await created('webhook', { config });
    const headers = { 'idempotency-key': uniqueName() };
    const rotated = await api.send('POST', `${path}/${id}/rotate-secret`, { overlapSeconds: 60 }, headers);
    expect(rotated.status).toBe(200);
    notStored(rotated);
    expect(rotated.body.secret).not.toBe(former);
    expect(await secretsOf(id)).toMatchObject({ secrets: [rotated.body.secret, former] });
    const again = await api.send('POST', `${path}/${id}/rotate-secret`, { overlapSeconds: 60 }, headers);
    expect(again.body.code).toBe('answer_not_kept');
    expect(await rowsOfStore()).not.toContain(rotated.body.secret);
  });

  test('does not come of a change: a webhook that has a secret keeps one', async () => {
    const { id, secret: generated } = await created('webhook', { config });
    const refused = await api.send('PATCH', `${path}/${id}`, { config: { secret: null } });
    expect({ status: refused.status, field: refused.body.errors[0].field }).toEqual({
      status: 400,
      field: 'config.secret',
    });
    expect(await secretsOf(id)).toMatchObject({ secrets: [generated] });
  });

  test('is no channel of another kind: nothing is generated for what signs nothing', async () => {
    for (const kind of ['slack', 'discord', 'smtp'] as const) {
      const made = await create(kind);
      expect(made.body).not.toHaveProperty('secret');
      expect(made.headers.get('cache-control')).toBe('no-cache, private, no-transform');
    }
    const { id } = await created('slack');
    const refused = await api.send('POST', `${path}/${id}/rotate-secret`, {});
    expect(refused.status).toBe(409);
    expect(JSON.stringify(refused.body)).not.toContain('whsec_');
  });
});

test.each<[Kind, object, string]>([
  ['webhook', { config: { url: 'ftp://example.com', secret } }, 'config.url'],
  ['webhook', { config: { url: 'http://example.com:80', secret } }, ''],
  ['webhook', { config: { url: 'http://10.21.0.1/hook', secret } }, 'config.url'],
  ['webhook', { config: { url: 'https://127.0.0.1/hook', secret } }, 'config.url'],
  ['webhook', { config: { url: 'https://[::ffff:10.20.0.1]/hook', secret } }, 'config.url'],
  ['webhook', { config: { url: 'https://user:pw@example.com/', secret } }, 'config.url'],
  ['webhook', { config: { url: 'http://10.20.0.1/hook', secret } }, ''],
  ['webhook', { config: { url: 'https://example.com/', secret: null } }, 'config.secret'],
  ['webhook', { config: { url: 'https://example.com/', secret: '' } }, 'config.secret'],
  ['webhook', { config: { url: 'https://example.com/', secret: 'swordfish-too-short' } }, 'config.secret'],
  ['webhook', { config: { url: 'https://example.com/', secret, swordfish: 'swordfish' } }, 'config.swordfish'],
  ['slack', { config: {} }, 'config.url'],
  ['slack', { config: { url: 'swordfish' } }, 'config.url'],
  ['smtp', { config: { ...configs.smtp, host: '169.254.169.254' } }, 'config.host'],
  ['smtp', { config: { ...configs.smtp, host: 'mail.example.com\r\nEHLO' } }, 'config.host'],
  ['smtp', { config: { ...configs.smtp, port: 0 } }, 'config.port'],
  ['smtp', { config: { ...configs.smtp, tls: 'ssl' } }, 'config.tls'],
  ['smtp', { config: { ...configs.smtp, from: 'a@b.example\r\nBcc: c@d.example' } }, 'config.from'],
  ['smtp', { config: { ...configs.smtp, recipients: [] } }, 'config.recipients'],
  ['smtp', { config: { ...configs.smtp, recipients: ['ops@example.com', 'nobody'] } }, 'config.recipients.1'],
  ['smtp', { config: { ...configs.smtp, user: null } }, 'config.password'],
  ['smtp', { name: 'No Name' }, 'name'],
  ['smtp', { kind: 'pigeon' }, 'kind'],
  ['smtp', { enabled: 'yes' }, 'enabled'],
])(
  '%s with %j: what is wrong is named, and not repeated where it may be secret (E17, E24)',
  async (kind, changes, field) => {
    const { status, body } = await create(kind, changes);
    if (field === '') {
      expect(status).toBe(201);
      return;
    }
    expect(status).toBe(400);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
    if (field.startsWith('config')) expect(body.errors[0].received).toBe('[redacted]');
    expect(body.errors.every(({ expected }: { expected: string }) => expected.length > 0)).toBe(true);
  },
);

test('what is changed is checked as a whole (E17)', async () => {
  const { id } = await created('smtp');
  for (const [config, field] of [
    [{ recipients: [] }, 'config.recipients'],
    [{ password: null }, 'config.password'],
    [{ url: 'https://example.com' }, 'config.url'],
    [{ host: '10.0.0.1' }, 'config.host'],
  ] as const) {
    const { status, body } = await api.send('PATCH', `${path}/${id}`, { config });
    expect({ status, field: body.errors[0].field }).toEqual({ status: 400, field });
  }
});

test('a request that is repeated makes one channel, and its answer at rest has nothing secret', async () => {
  const body = { name: uniqueName(), kind: 'webhook', config: configs.webhook };
  const headers = { 'idempotency-key': uniqueName() };
  const [first, again] = [await api.send('POST', path, body, headers), await api.send('POST', path, body, headers)];
  expect(again.body).toEqual(first.body);
  const wrong = { config: { secret: 'whsec_swordfish' } };
  const refused = await api.send('PATCH', `${path}/${first.body.id}`, wrong, { 'idempotency-key': uniqueName() });
  expect(refused.status).toBe(400);
  const rows = await query(slipway.database.url, 'SELECT * FROM requests');
  expect(rows.length).toBeGreaterThan(1);
  expect(isSecret(JSON.stringify(rows))).toBe(false);
});

test('a change depends on what was read, where one says so', async () => {
  const { id } = await created('slack');
  const etag = (await api.send('GET', `${path}/${id}`)).headers.get('etag') ?? '';
  const rename = (name: string, ifMatch: string) =>
    api.send('PATCH', `${path}/${id}`, { name }, { 'if-match': ifMatch });
  const renamed = await rename(uniqueName(), etag);
  expect(renamed.status).toBe(200);
  expect((await rename(uniqueName(), etag)).status).toBe(412);
  expect((await rename(uniqueName(), renamed.headers.get('etag') ?? '')).status).toBe(200);
  expect((await api.send('DELETE', `${path}/${id}`, undefined, { 'if-match': etag })).status).toBe(412);
});

test('names are unique within a tenant', async () => {
  const [one, other] = [await created('slack'), await created('slack')];
  expect(await create('slack', { name: one.name })).toMatchObject({ status: 409, body: { code: 'name_in_use' } });
  const renamed = await api.send('PATCH', `${path}/${other.id}`, { name: one.name });
  expect(renamed).toMatchObject({ status: 409, body: { code: 'name_in_use' } });
});

test('who may read may not change, and of another tenant nothing is found', async () => {
  const { id } = await created('webhook');
  const viewer = await clientOf(slipway, { role: 'viewer', tenantId: 'default' });
  const operator = await clientOf(slipway, { role: 'operator', tenantId: 'default' });
  const tenantId = (await api.send('POST', '/v1/tenants', { name: uniqueName() })).body.id;
  const stranger = await clientOf(slipway, { tenantId });
  expect((await viewer.send('GET', `${path}/${id}`)).status).toBe(200);
  for (const client of [viewer, operator]) {
    expect((await client.send('PATCH', `${path}/${id}`, { enabled: false })).status).toBe(403);
    expect((await client.send('POST', `${path}/${id}/test`)).status).toBe(403);
  }
  for (const [method, rest, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { enabled: false }],
    ['DELETE', '', undefined],
    ['POST', '/test', undefined],
    ['POST', '/rotate-secret', { secret }],
    ['GET', '/deliveries', undefined],
    ['POST', '/deliveries/aaaaaaaaaaaa/redeliver', undefined],
  ] as const) {
    expect((await stranger.send(method, `${path}/${id}${rest}`, body)).status).toBe(404);
  }
});

describe('bindings', () => {
  /** The check of a new database, and its bindings' path. */
  async function newCheck(): Promise<string> {
    const { body } = await api.send('POST', '/v1/databases', { name: uniqueName(), version: '17', size: 'small' });
    const checks = await api.send('GET', `/v1/health-checks?databaseId=${body.database.id}`);
    return `/v1/health-checks/${checks.body.items[0].id}/bindings`;
  }

  test('a set is replaced as a whole, and what is wrong with it leaves it as it was (E18)', async () => {
    const [one, other] = [await created('slack'), await created('slack', { bindToAll: false, enabled: false })];
    const set = await newCheck();
    const before = await api.send('GET', set);
    const all = { onDown: true, onRecovered: true, enabled: true, lastNotifiedAt: null };
    const bound = before.body.items.find(({ channelId }: { channelId: string }) => channelId === one.id);
    expect(bound).toMatchObject(all);
    expect(bound.alsoOn).toContain('operation.failed');
    const items = [
      { channelId: one.id, onDown: false, alsoOn: ['operation.stuck'] },
      { channelId: other.id, onRecovered: false, enabled: false },
    ];
    const replaced = await api.send('PUT', set, { items });
    expect(replaced.status).toBe(200);
    const expected = [
      { ...all, channelId: one.id, onDown: false, alsoOn: ['operation.stuck'] },
      { ...all, channelId: other.id, onRecovered: false, enabled: false, alsoOn: [] },
    ].sort((a, b) => (a.channelId < b.channelId ? -1 : 1));
    expect(replaced.body.items).toEqual(expected);
    for (const [wrong, field] of [
      [[{ channelId: 'aaaaaaaaaaaa' }], 'items.0.channelId'],
      [[{ channelId: one.id }, { channelId: one.id }], 'items.1.channelId'],
      [[{ channelId: one.id, alsoOn: ['everything'] }], 'items.0.alsoOn.0'],
    ] as const) {
      const refused = await api.send('PUT', set, { items: wrong });
      expect({ status: refused.status, field: refused.body.errors[0].field }).toEqual({ status: 400, field });
      expect((await api.send('GET', set)).body.items).toEqual(expected);
    }
    const old = before.headers.get('etag') ?? '';
    expect((await api.send('PUT', set, { items: [] }, { 'if-match': old })).status).toBe(412);
    const now = replaced.headers.get('etag') ?? '';
    expect((await api.send('PUT', set, { items: [] }, { 'if-match': now })).body).toEqual({ items: [] });
  });

  test('of an unknown check there are none', async () => {
    expect((await api.send('GET', '/v1/health-checks/aaaaaaaaaaaa/bindings')).status).toBe(404);
    expect((await api.send('PUT', '/v1/health-checks/aaaaaaaaaaaa/bindings', { items: [] })).status).toBe(404);
  });
});
