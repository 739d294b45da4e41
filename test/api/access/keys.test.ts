import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import type { ApiClient } from '../../support/http';
import { clientOf } from '../../support/keys';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

let slipway: Slipway;
let root: ApiClient;
let tenantId: string;
let tenant: ApiClient;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(), worker: false });
  root = slipway.api;
  tenantId = (await root.send('POST', '/v1/tenants', { name: 'acme' })).body.id;
  tenant = await clientOf(slipway, { tenantId });
});
afterAll(async () => {
  await slipway?.stop();
});

/** What a client of this key is answered. */
const ask = (key: string, path = '/v1/databases', headers: Record<string, string> = {}) =>
  root.raw(path, { headers: { authorization: `Bearer ${key}`, ...headers } });
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test('a key is shown once, and then never again', async () => {
  const answer = await root.send('POST', '/v1/keys', { name: 'ada', role: 'viewer', tenantId, expiresAt: inAnHour() });
  expect(answer.status).toBe(201);
  const { key, ...record } = answer.body;
  expect(answer.headers.get('location')).toBe(`/v1/keys/${record.id}`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(key).toMatch(new RegExp(`^slw_${record.id}_`));
  expect(record).toMatchObject({ name: 'ada', role: 'viewer', tenantId, createdBy: 'key:admin', lastUsedAt: null });
  expect((await root.send('GET', `/v1/keys/${record.id}`)).body).toEqual(record);
  const { items } = (await root.send('GET', '/v1/keys')).body;
  expect(items).toContainEqual(record);
  expect(JSON.stringify(items)).not.toContain(key.slice(20));
  expect((await ask(key)).status).toBe(200);
});

test('its use is seen on it, and a use that cannot be noted fails no request', async () => {
  const { id, key } = (await root.send('POST', '/v1/keys', { name: 'used', role: 'viewer' })).body;
  await query(
    slipway.database.url,
    `CREATE FUNCTION refuse_use() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
     CREATE TRIGGER refuse_use BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION refuse_use()`,
  );
  expect((await ask(key)).status).toBe(200);
  await query(slipway.database.url, 'DROP TRIGGER refuse_use ON api_keys');
  expect((await root.send('GET', `/v1/keys/${id}`)).body.lastUsedAt).toBeNull();
  expect((await ask(key)).status).toBe(200);
  expect((await root.send('GET', `/v1/keys/${id}`)).body.lastUsedAt).not.toBeNull();
});

test('what a key asked for has its name', async () => {
  const client = await clientOf(slipway, { role: 'operator', tenantId }, 'deployer');
  const accepted = await client.send('POST', '/v1/databases', { name: uniqueName(), version: '17', size: 'small' });
  expect(accepted.body.operation.requestedBy).toBe('key:deployer');
});

describe('a key that is not in force is 401, from the next request on:', () => {
  test.each([
    {
      how: 'revoked',
      end: async (id: string) => expect((await root.send('DELETE', `/v1/keys/${id}`)).status).toBe(204),
    },
    {
      how: 'rotated without an overlap',
      end: async (id: string) => {
        const rotated = await root.send('POST', `/v1/keys/${id}/rotate`, { overlapSeconds: 0 });
        expect(rotated.status).toBe(201);
        expect((await ask(rotated.body.key)).status).toBe(200);
      },
    },
    {
      how: 'expired',
      end: (id: string) => query(slipway.database.url, 'UPDATE api_keys SET expires_at = now() WHERE id = $1', [id]),
    },
    {
      how: 'of a tenant that was taken away',
      end: async (id: string) => {
        const of = (await root.send('GET', `/v1/keys/${id}`)).body.tenantId;
        expect((await root.send('DELETE', `/v1/tenants/${of}`)).status).toBe(204);
      },
    },
  ])('$how', async ({ end }) => {
    const of = (await root.send('POST', '/v1/tenants', { name: uniqueName() })).body.id;
    const { id, key } = (await root.send('POST', '/v1/keys', { name: 'ada', role: 'admin', tenantId: of })).body;
    expect((await ask(key)).status).toBe(200);
    await end(id);
    const refused = await ask(key);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 401, code: 'unauthenticated' });
  });
});

test('a rotation with an overlap leaves both keys in force', async () => {
  const { id, key } = (await tenant.send('POST', '/v1/keys', { name: 'ada', role: 'operator' })).body;
  const rotated = await tenant.send('POST', `/v1/keys/${id}/rotate`);
  expect(rotated.body).toMatchObject({ name: 'ada', role: 'operator', tenantId, createdBy: 'key:test' });
  for (const one of [key, rotated.body.key]) expect((await ask(one)).status).toBe(200);
  expect((await tenant.send('GET', `/v1/keys/${id}`)).body.replacedBy).toBe(rotated.body.id);
  const again = await tenant.send('POST', `/v1/keys/${id}/rotate`);
  expect({ status: again.status, code: again.body.code }).toEqual({ status: 409, code: 'state_conflict' });
});

describe('a key gives no more than its maker has:', () => {
  const made = (client: ApiClient, body: object) =>
    client.send('POST', '/v1/keys', { name: 'ada', role: 'admin', ...body });

  test('a tenant’s administrator makes keys of the tenant, and no others', async () => {
    expect((await made(tenant, {})).body.tenantId).toBe(tenantId);
    for (const other of ['default', null, 'aaaaaaaaaaaa']) {
      const refused = await made(tenant, { tenantId: other });
      expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 403, code: 'forbidden' });
    }
  });

  test('the installation’s makes them for the tenant that it acts for, another, or the installation', async () => {
    const named = { 'slipway-tenant': tenantId };
    const tenantOf = async (body: object, headers: Record<string, string> = {}) =>
      (await root.send('POST', '/v1/keys', { name: 'ada', role: 'viewer', ...body }, headers)).body.tenantId;
    expect(await tenantOf({})).toBe('default');
    expect(await tenantOf({}, named)).toBe(tenantId);
    expect(await tenantOf({ tenantId })).toBe(tenantId);
    expect(await tenantOf({ tenantId: null }, named)).toBeNull();
    expect((await made(root, { tenantId: 'aaaaaaaaaaaa' })).status).toBe(404);
  });

  test('who has a key for a while makes none that lasts longer, nor takes one over by rotating it', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const guest = await clientOf(slipway, { tenantId, expiresAt });
    expect((await made(guest, {})).body.expiresAt).toBe(expiresAt.toISOString());
    for (const longer of [null, new Date(expiresAt.getTime() + 1).toISOString()]) {
      expect((await made(guest, { expiresAt: longer })).status).toBe(403);
    }
    const { id } = (await made(tenant, {})).body;
    expect((await guest.send('POST', `/v1/keys/${id}/rotate`)).status).toBe(403);
  });
});

test.each([
  [{ role: 'admin' }, 'name'],
  [{ name: 'Ada', role: 'admin' }, 'name'],
  [{ name: 'ada', role: 'root' }, 'role'],
  [{ name: 'ada', role: 'admin', tenantId: 'a b' }, 'tenantId'],
  [{ name: 'ada', role: 'admin', expiresAt: 'soon' }, 'expiresAt'],
  [{ name: 'ada', role: 'admin', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  [{ name: 'ada', role: 'admin', key: 'mine' }, 'key'],
])('%j is 400 and names %s', async (body, field) => {
  const answer = await root.send('POST', '/v1/keys', body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors.map((error: { field: string }) => error.field)).toEqual([field]);
});

test('the last key of the installation’s administrators cannot be deleted', async () => {
  const { items } = (await root.send('GET', '/v1/keys?pageSize=200')).body;
  const own = items.filter(
    (one: { tenantId: string | null; role: string }) => one.tenantId === null && one.role === 'admin',
  );
  expect(own).toHaveLength(1);
  const refused = await root.send('DELETE', `/v1/keys/${own[0].id}`);
  expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 409, code: 'last_admin_key' });
  expect((await root.send('GET', '/v1/keys')).status).toBe(200);
});

describe('the tenant that a request is for:', () => {
  test.each([
    { title: 'the installation’s, no name', own: false, header: () => undefined, status: 200, sees: 'default' },
    { title: 'the installation’s, a tenant', own: false, header: () => tenantId, status: 200, sees: 'acme' },
    { title: 'the installation’s, an unknown one', own: false, header: () => 'aaaaaaaaaaaa', status: 404 },
    { title: 'the installation’s, nonsense', own: false, header: () => 'A; DROP', status: 404 },
    { title: 'a tenant’s, no name', own: true, header: () => undefined, status: 200, sees: 'acme' },
    { title: 'a tenant’s, its own', own: true, header: () => tenantId, status: 200, sees: 'acme' },
    { title: 'a tenant’s, another', own: true, header: () => 'default', status: 403 },
    { title: 'a tenant’s, an unknown one', own: true, header: () => 'aaaaaaaaaaaa', status: 403 },
  ])('$title: $status', async ({ own, header, status, sees }) => {
    const named = header();
    const headers: Record<string, string> = named === undefined ? {} : { 'slipway-tenant': named };
    const answer = await (own ? tenant : root).send('GET', '/v1/databases', undefined, headers);
    expect(answer.status).toBe(status);
    if (sees === undefined) return;
    const name = uniqueName();
    const client = sees === 'acme' ? tenant : root;
    await client.send('POST', '/v1/databases', { name, version: '17', size: 'small' });
    const { items } = (await (own ? tenant : root).send('GET', '/v1/databases', undefined, headers)).body;
    expect(items.map((one: { name: string }) => one.name)).toContain(name);
  });
});

describe('tenants', () => {
  test('are made, listed, read and taken away', async () => {
    const made = await root.send('POST', '/v1/tenants', { name: 'globex' });
    expect({ status: made.status, location: made.headers.get('location') }).toEqual({
      status: 201,
      location: `/v1/tenants/${made.body.id}`,
    });
    expect((await root.send('GET', '/v1/tenants')).body.items).toContainEqual(made.body);
    expect((await root.send('GET', `/v1/tenants/${made.body.id}`)).body).toEqual(made.body);
    expect((await root.send('POST', '/v1/tenants', { name: 'globex' })).body.code).toBe('name_in_use');
    expect((await root.send('DELETE', `/v1/tenants/${made.body.id}`)).status).toBe(204);
    expect((await root.send('GET', `/v1/tenants/${made.body.id}`)).status).toBe(404);
  });

  test('with databases stay', async () => {
    await tenant.send('POST', '/v1/databases', { name: uniqueName(), version: '17', size: 'small' });
    const refused = await root.send('DELETE', `/v1/tenants/${tenantId}`);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 409, code: 'tenant_in_use' });
  });
});
