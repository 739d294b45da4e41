import type { ApiDependencies } from '../../../api/dependencies';
import { type Route, route } from '../../../api/http/route';
import { allRoutes } from '../../../api/routes';
import { memoryHost } from '../../../dev/memory-host';
import { isPermitted, type Role, roleNames } from '../../../domain/access/permissions';
import { newWebhook, toldDelivery, webhookSecret } from '../../support/channels';
import { serverUrl } from '../../support/database';
import type { Answer, ApiClient } from '../../support/http';
import { clientOf, keyOf } from '../../support/keys';
import { type Slipway, startSlipway } from '../../support/slipway';
import { type Statements, watchStatements } from '../../support/statements';
import {
  ada,
  aims,
  available,
  carriedOut,
  claimed,
  placementOf,
  smallPlan,
  testHost,
  uniqueName,
} from '../../support/test-store';

// Every route × every role × whose key it is. No worker runs, so that nothing that is let through gets far.

let slipway: Slipway;
let statements: Statements;
/** The tenant that has what is asked for, and another one. */
let owner: string;
let stranger: string;
const things = { database: '', instance: '', operation: '', check: '' };
beforeAll(async () => {
  statements = await watchStatements(serverUrl());
  slipway = await startSlipway({ ports: memoryHost(), worker: false, toStore: statements.through });
  const { store, api } = slipway;
  await store.hosts.register(testHost('host-a'));
  owner = (await store.tenants.create('owner', ada)).id;
  stranger = (await store.tenants.create('stranger', ada)).id;
  const named = { 'slipway-tenant': owner };
  const input = { name: 'orders', version: '17', size: 'small' };
  const { body } = await api.send('POST', '/v1/databases', input, { ...named, 'idempotency-key': 'mine' });
  const operation = await claimed(store, await store.operations.load(body.operation.id));
  await store.operations.recordPlan(operation, smallPlan, aims.requested);
  await store.operations.markInstances(operation, 'creating', [placementOf(body.database.id)]);
  const orphan = {
    tenantId: owner,
    databaseId: 'aaaaaaaaaaaa',
    kind: 'volume',
    name: 'left',
    confirmed: true,
  } as const;
  await store.observations.replaceOrphans('host-a', [orphan]);
  Object.assign(things, {
    database: body.database.id,
    instance: `${body.database.id}-primary`,
    operation: operation.id,
    check: (await store.healthChecks.list(owner, {}, { pageSize: 1, pageToken: null })).items[0]?.id,
  });
});
afterAll(async () => {
  await slipway?.stop();
  await statements?.close();
});

/** One without a worker, as an administrator makes it. */
async function newHost(): Promise<string> {
  const id = uniqueName();
  const place = { address: '127.0.0.1', portFrom: 20_000, portTo: 20_099, addressPool: '10.213.0.0/16' };
  await slipway.store.hosts.register({ id, ...place, agentUrl: 'https://127.0.0.1:1' });
  return id;
}

/** One that has stopped by itself. */
async function newReconciler(): Promise<string> {
  const id = await newHost();
  const counts = { databases: 6, drifted: 6, intervalSeconds: 15 };
  await slipway.store.reconcilers.report(id, { state: 'stopped', reason: 'too much', ...counts });
  return id;
}

async function newDeleted(): Promise<string> {
  const { database } = await available(slipway.store, {}, owner);
  await carriedOut(slipway.store, database.id, 'delete', { keepSeconds: 3600 }, owner);
  return database.id;
}

/** Disabled: a test message needs a worker. */
async function newChannel(): Promise<string> {
  return (await slipway.store.channels.create(owner, newWebhook({ enabled: false }), ada)).id;
}

/** A path with what it names; of two things the ids stand in one text. */
function pathOf({ path }: Route, id: string): string {
  const [first = '', second = first] = id.split('/');
  return path.replace(':id', first).replace(':deliveryId', second);
}

/** What a route's id names, two things where its path has two; what a request may take away is made for each. */
const ids = {
  database: () => things.database,
  deleted: newDeleted,
  instance: () => things.instance,
  operation: () => things.operation,
  check: () => things.check,
  key: async () => (await keyOf(slipway.store, { role: 'viewer', tenantId: owner })).slice(4, 16),
  tenant: async () => (await slipway.store.tenants.create(uniqueName(), ada)).id,
  host: newHost,
  reconciler: newReconciler,
  channel: newChannel,
  delivery: async () => {
    const channelId = await newChannel();
    return `${channelId}/${await toldDelivery(slipway.database.url, owner, channelId)}`;
  },
} as const;

/** For each of them, an id of the same form that is nobody's. */
const unknownId = 'aaaaaaaaaaaa';
const unknownIds: Partial<Record<keyof typeof ids, string>> = {
  instance: `${unknownId}-primary`,
  delivery: `${unknownId}/${unknownId}`,
};

interface Ask {
  readonly thing?: keyof typeof ids;
  readonly body?: () => object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What tenants have nothing to do with: who may at all, may with each. */
const ofInstallation: readonly NonNullable<Ask['thing']>[] = ['host', 'reconciler', 'tenant'];

const database = { thing: 'database' } as const;
const instance = { thing: 'instance' } as const;
const operation = { thing: 'operation' } as const;
/** Who is let in is told that this is no place, and has no stream to wait for. */
const noPlace = { headers: { 'last-event-id': 'no place' } } as const;
const key = { thing: 'key' } as const;
const tenant = { thing: 'tenant' } as const;
const check = { thing: 'check' } as const;
const channel = { thing: 'channel' } as const;

function newChannelBody(): object {
  const { bindToAll: _everywhere, ...body } = newWebhook();
  return body;
}

/** How each route is asked so that nothing but who asks can be wrong with it. */
const asks: Readonly<Record<string, Ask>> = {
  'GET /v1/sizes': {},
  'POST /v1/databases': { body: () => ({ name: uniqueName(), version: '17', size: 'small' }) },
  'GET /v1/databases': {},
  'GET /v1/databases/:id': database,
  'GET /v1/databases/:id/connection': database,
  'GET /v1/databases/:id/logs': database,
  'GET /v1/databases/:id/stats': database,
  'POST /v1/databases/:id/stop': database,
  'POST /v1/databases/:id/start': database,
  'POST /v1/databases/:id/restart': database,
  'POST /v1/databases/:id/recover': database,
  'POST /v1/databases/:id/pause': database,
  'POST /v1/databases/:id/resume': database,
  'POST /v1/databases/:id/resize': { ...database, body: () => ({ size: 'medium' }) },
  'POST /v1/databases/:id/rotate-credentials': database,
  'DELETE /v1/databases/:id': database,
  'POST /v1/databases/:id/undelete': { thing: 'deleted' },
  'GET /v1/deleted-databases': {},
  'DELETE /v1/deleted-databases/:id': { thing: 'deleted' },
  'PATCH /v1/databases/:id': { ...database, body: () => ({ description: 'ships' }) },
  'GET /v1/instances': {},
  'GET /v1/instances/:id': instance,
  'POST /v1/instances/:id/stop': instance,
  'POST /v1/instances/:id/start': instance,
  'POST /v1/instances/:id/restart': instance,
  'POST /v1/instances/:id/pause': instance,
  'POST /v1/instances/:id/resume': instance,
  'POST /v1/instances/:id/resize': { ...instance, body: () => ({ size: 'medium' }) },
  'GET /v1/operations': {},
  'GET /v1/operations/:id': operation,
  'POST /v1/operations/:id/cancel': operation,
  'POST /v1/operations/:id/retry': operation,
  'POST /v1/operations/:id/abort': operation,
  'GET /v1/health': {},
  'GET /v1/health-checks': {},
  'GET /v1/health-checks/:id': check,
  'PATCH /v1/health-checks/:id': { ...check, body: () => ({ failureThreshold: 4 }) },
  'POST /v1/health-checks/:id/run': check,
  'GET /v1/health-checks/:id/results': check,
  'GET /v1/health-checks/:id/bindings': check,
  'PUT /v1/health-checks/:id/bindings': { ...check, body: () => ({ items: [] }) },
  'GET /v1/notification-channels': {},
  'POST /v1/notification-channels': { body: newChannelBody },
  'GET /v1/notification-channels/:id': channel,
  'PATCH /v1/notification-channels/:id': { ...channel, body: () => ({ onOrphanFound: false }) },
  'DELETE /v1/notification-channels/:id': channel,
  'POST /v1/notification-channels/:id/rotate-secret': { ...channel, body: () => ({ secret: webhookSecret }) },
  'POST /v1/notification-channels/:id/test': channel,
  'GET /v1/notification-channels/:id/deliveries': channel,
  'POST /v1/notification-channels/:id/deliveries/:deliveryId/redeliver': { thing: 'delivery' },
  'GET /v1/quota': {},
  'GET /v1/tenants/:id/quota': tenant,
  'PUT /v1/tenants/:id/quota': { ...tenant, body: () => ({ databases: null, nanoCpus: null, memoryBytes: null }) },
  'GET /v1/hosts': {},
  'POST /v1/hosts': { body: () => ({ id: uniqueName() }) },
  'PATCH /v1/hosts/:id': { thing: 'host', body: () => ({ cordoned: false }) },
  'DELETE /v1/hosts/:id': { thing: 'host' },
  'POST /v1/hosts/:id/lost': { thing: 'host' },
  'POST /v1/hosts/:id/return': { thing: 'host' },
  'GET /v1/hosts/:id': { thing: 'host' },
  'GET /v1/installation': {},
  'POST /v1/installation/release': {},
  'GET /v1/orphans': {},
  'GET /v1/reconcilers': {},
  'POST /v1/reconcilers/:id/resume': { thing: 'reconciler' },
  'GET /v1/events': {},
  'GET /v1/events/stream': noPlace,
  'GET /v1/audit': {},
  'GET /v1/operations/:id/events': { ...operation, ...noPlace },
  'POST /v1/keys': { body: () => ({ name: uniqueName(), role: 'viewer' }) },
  'GET /v1/keys': {},
  'GET /v1/keys/:id': key,
  'POST /v1/keys/:id/rotate': key,
  'DELETE /v1/keys/:id': key,
  'POST /v1/tenants': { body: () => ({ name: uniqueName() }) },
  'GET /v1/tenants': {},
  'GET /v1/tenants/:id': tenant,
  'DELETE /v1/tenants/:id': tenant,
  'GET /metrics': {},
};

const routes = allRoutes({} as ApiDependencies);
const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

/** Whose key asks: a tenant's, or one of the installation that names the owner, or nobody. */
const callers = ['owner', 'stranger', 'installation for the owner', 'installation'] as const;

type Caller = (typeof callers)[number];

const clients = new Map<string, ApiClient>();

async function clientFor(caller: Caller, role: Role): Promise<ApiClient> {
  const name = `${caller} ${role}`;
  const known = clients.get(name);
  if (known !== undefined) return known;
  const tenantId = { owner, stranger, installation: null, 'installation for the owner': null }[caller];
  const client = await clientOf(slipway, { role, tenantId });
  clients.set(name, client);
  return client;
}

async function send(one: Route, caller: Caller, role: Role, id: string): Promise<Answer> {
  const client = await clientFor(caller, role);
  const { body, headers = {} } = asks[nameOf(one)] ?? {};
  const named: Record<string, string> = caller === 'installation for the owner' ? { 'slipway-tenant': owner } : {};
  statements.take();
  return client.send(one.method.toUpperCase(), pathOf(one, id), body?.(), { ...headers, ...named });
}

/** The statements since the last request began, but for those of its key, and the one that writes the refusal. */
function askedBeyondKeys(): string[] {
  const ofKeys = /^\s*(SELECT|UPDATE)\b[^;]*\bapi_keys\b/;
  const ofAudit = /^\s*INSERT INTO "public"\."audit_entries"/;
  return statements.take().filter((text) => !ofKeys.test(text) && !ofAudit.test(text));
}

/** What the table of permissions says that a caller is answered. */
function expected({ permission }: Route, thing: Ask['thing'], caller: Caller, role: Role): number | 'let in' {
  const belongsTo = caller.startsWith('installation') ? 'installation' : 'tenant';
  if (!isPermitted(role, belongsTo, permission)) return 403;
  if (thing === undefined || ofInstallation.includes(thing)) return 'let in';
  // All keys are the installation's to give and to take.
  const mayAll =
    caller === 'owner' || caller === 'installation for the owner' || (thing === 'key' && belongsTo === 'installation');
  return mayAll ? 'let in' : 404;
}

/** Whatever else may be wrong, such as a host that is away (503), is said to who was let in. */
function outcomeOf({ status }: Answer): number | 'let in' {
  return [401, 403, 404, 500].includes(status) ? status : 'let in';
}

test('the walk knows every route, and no other', () => {
  expect(Object.keys(asks).sort()).toEqual(routes.map(nameOf).sort());
});

test('a route without a permission cannot be built', () => {
  // @ts-expect-error: the type needs it, and so the build fails.
  expect(route({ method: 'get', path: '/v1/open', tag: 'open', summary: 'Let anybody in', handle() {} })).toBeDefined();
});

describe.each(routes.map((one) => ({ name: nameOf(one), one })))('$name', ({ name, one }) => {
  const { thing } = asks[name] ?? {};
  const idNow = async () => (thing === undefined ? '' : ids[thing]());

  test('answers each role of each caller as the table of permissions says (A01, A03, A04)', async () => {
    const [outcomes, wanted]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
    for (const caller of callers) {
      for (const role of roleNames) {
        outcomes[`${caller} ${role}`] = outcomeOf(await send(one, caller, role, await idNow()));
        wanted[`${caller} ${role}`] = expected(one, thing, caller, role);
      }
    }
    expect(outcomes).toEqual(wanted);
  });

  test('refuses who has no key or may not before any record is read, and whatever the id is (A04)', async () => {
    for (const id of new Set([await idNow(), 'NOT-AN-ID'])) {
      statements.take();
      const nobody = await slipway.api.raw(pathOf(one, id), { method: one.method.toUpperCase() });
      expect({ status: nobody.status, asked: askedBeyondKeys() }).toEqual({ status: 401, asked: [] });
      for (const caller of callers) {
        for (const role of roleNames.filter((each) => expected(one, thing, caller, each) === 403)) {
          const { status } = await send(one, caller, role, id);
          expect({ status, asked: askedBeyondKeys() }).toEqual({ status: 403, asked: [] });
        }
      }
    }
  });

  if (thing === undefined || ofInstallation.includes(thing)) return;
  test('another tenant’s id is answered exactly as an unknown one (A03)', async () => {
    const id = await idNow();
    const unknown = unknownIds[thing] ?? unknownId;
    const [anothers, nobodys] = [await send(one, 'stranger', 'admin', id), await send(one, 'owner', 'admin', unknown)];
    const said = ({ status, headers, body }: Answer, of: string) => ({
      status,
      type: headers.get('content-type'),
      body: {
        ...body,
        detail: of.split('/').reduce((text: string, id) => text.replaceAll(id, 'it'), body.detail),
        requestId: null,
      },
    });
    expect(anothers.status).toBe(404);
    expect(said(anothers, id)).toEqual(said(nobodys, unknown));
  });
});

test('a request that is let in does read records: what was watched above would show it', async () => {
  const one = routes.find((each) => nameOf(each) === 'GET /v1/databases/:id') as Route;
  expect((await send(one, 'owner', 'viewer', things.database)).status).toBe(200);
  expect(askedBeyondKeys().filter((text) => /\bFROM databases\b/.test(text)).length).toBeGreaterThan(0);
});

describe('another tenant is shown nothing (A03):', () => {
  const paths = [
    '/v1/databases',
    '/v1/databases?name=orders',
    '/v1/databases?state=creating',
    '/v1/instances',
    '/v1/instances?databaseId={database}',
    '/v1/operations',
    '/v1/operations?databaseId={database}',
    '/v1/operations?kind=create',
    '/v1/events',
    '/v1/events?databaseId={database}',
    '/v1/events?operationId={operation}',
    '/v1/events?type=operation.accepted',
    '/v1/orphans',
    '/v1/keys',
  ];

  test.each(paths)('GET %s', async (template) => {
    const path = template.replace('{database}', things.database).replace('{operation}', things.operation);
    const quiet = (await slipway.store.tenants.create(uniqueName(), ada)).id;
    const reader = await clientOf(slipway, { tenantId: quiet });
    const own = (await reader.send('GET', '/v1/keys')).body.items;
    const { items } = (await reader.send('GET', path)).body;
    expect(items).toEqual(path === '/v1/keys' ? own : []);
    expect(own).toHaveLength(1);
    const owners = await (await clientFor('owner', 'admin')).send('GET', path);
    expect(owners.body.items.length).toBeGreaterThan(0);
  });

  test('a page token of another tenant’s list leads to its own things', async () => {
    const { body } = await (await clientFor('owner', 'admin')).send('GET', '/v1/events?pageSize=1');
    const reader = await clientOf(slipway, { tenantId: (await slipway.store.tenants.create(uniqueName(), ada)).id });
    expect((await reader.send('GET', `/v1/events?pageToken=${body.nextPageToken}`)).body.items).toEqual([]);
  });

  test('a name and an Idempotency-Key that another tenant has used are free', async () => {
    const client = await clientFor('stranger', 'operator');
    const input = { name: 'orders', version: '17', size: 'small' };
    const accepted = await client.send('POST', '/v1/databases', input, { 'idempotency-key': 'mine' });
    expect(accepted.status).toBe(202);
    expect(accepted.body.database.id).not.toBe(things.database);
  });
});
