import type { ApiDependencies } from '../../../api/dependencies';
import { refusalsPerMinute } from '../../../api/http/audit-refusals';
import type { Route } from '../../../api/http/route';
import { allRoutes } from '../../../api/routes';
import { memoryHost } from '../../../dev/memory-host';
import { newWebhook, toldDelivery, webhookSecret } from '../../support/channels';
import { query } from '../../support/database';
import type { Answer, ApiClient } from '../../support/http';
import { clientOf, keyOf } from '../../support/keys';
import { type Receiver, startReceiver } from '../../support/receiver';
import { type Slipway, startSlipway } from '../../support/slipway';
import {
  ada,
  available,
  begun,
  carriedOut,
  claimed,
  placementOf,
  testHost,
  uniqueName,
  withoutAudit,
} from '../../support/test-store';

// What stands in the audit of what was asked. No worker runs: what is accepted goes no further.

let slipway: Slipway;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const env = { SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.0/8' };
  slipway = await startSlipway({ ports: memoryHost(), worker: false, env });
  await slipway.store.hosts.register(testHost('host-a'));
});
afterAll(async () => {
  await slipway?.stop();
  await receiver?.close();
});

/** Whatever a test leaves, the next one may change things. */
afterEach(async () => {
  const { installation } = slipway.store;
  if ((await installation.read()).held !== null) await installation.release({ recover: false, incomplete: true }, ada);
});

const newDatabase = () => ({ name: uniqueName(), version: '17', size: 'small' });

/** The entries of one request. */
async function entriesOf({ headers }: Answer, reader: ApiClient = slipway.api): Promise<any[]> {
  const requestId = headers.get('x-request-id');
  const { body } = await reader.send('GET', '/v1/audit?pageSize=200');
  return body.items.filter((entry: { requestId: string }) => entry.requestId === requestId);
}

/** What each thing is that a changing route needs: its id, made anew, as it must be for the change to be accepted. */
const things = {
  none: async () => '',
  available: availableDatabase,
  stopped: () => atRest('stopped'),
  paused: () => atRest('paused'),
  instance: async () => `${await availableDatabase()}-primary`,
  'stopped instance': async () => `${await atRest('stopped')}-primary`,
  'paused instance': async () => `${await atRest('paused')}-primary`,
  'running operation': async () => {
    const { id } = (await slipway.api.send('POST', '/v1/databases', newDatabase())).body.operation;
    await claimed(slipway.store, await slipway.store.operations.load(id));
    return id;
  },
  'failed operation': async () => {
    const { operation } = await available(slipway.store);
    const { body } = await slipway.api.send('POST', `/v1/databases/${operation.databaseId}/restart`);
    await claimed(slipway.store, await slipway.store.operations.load(body.operation.id));
    const error = { code: 'not_ready', message: 'no answer' } as const;
    const operationId = body.operation.id;
    await slipway.store.operations.finish({ operationId, outcome: 'failed', wayBack: 'done', error });
    return operationId;
  },
  'deleted database': async () => {
    const { database } = await available(slipway.store);
    await carriedOut(slipway.store, database.id, 'delete', { keepSeconds: 3600 });
    return database.id;
  },
  'failed database': async () => {
    const { store, api } = slipway;
    const { operation } = await available(store);
    const { body } = await api.send('POST', `/v1/databases/${operation.databaseId}/restart`);
    const restart = await begun(store, await claimed(store, await store.operations.load(body.operation.id)));
    const error = { code: 'not_ready', message: 'no answer' } as const;
    await store.operations.finish({ operationId: restart.id, outcome: 'failed', wayBack: 'failed', error });
    return restart.databaseId;
  },
  key: async () => (await keyOf(slipway.store, { role: 'viewer' })).slice(4, 16),
  tenant: async () => (await slipway.store.tenants.create(uniqueName(), ada)).id,
  host: hostWithoutWorker,
  'silent host': silentHost,
  'lost host': async () => {
    const id = await silentHost();
    await slipway.store.lostHosts.declareLost(id, null, ada);
    return id;
  },
  channel: newChannel,
  delivery: async () => {
    const channelId = await newChannel();
    return `${channelId}/${await toldDelivery(slipway.database.url, 'default', channelId)}`;
  },
  check: async () => {
    const id = await availableDatabase();
    return (await slipway.api.send('GET', `/v1/health-checks?databaseId=${id}`)).body.items[0].id;
  },
  'stopped reconciler': async () => {
    const id = await hostWithoutWorker();
    const counts = { databases: 6, drifted: 6, intervalSeconds: 15 };
    await slipway.store.reconcilers.report(id, { state: 'stopped', reason: 'too much', ...counts });
    return id;
  },
  'held store': async () => {
    await slipway.store.installation.restored('disk lost', ada);
    return '';
  },
} satisfies Record<string, () => Promise<string>>;

/** One that takes whatever it is told. */
async function newChannel(): Promise<string> {
  const config = { url: receiver.url, secret: webhookSecret };
  return (await slipway.store.channels.create('default', newWebhook({ config }), ada)).id;
}

function newChannelBody(): object {
  const { bindToAll: _everywhere, ...body } = newWebhook();
  return body;
}

async function silentHost(): Promise<string> {
  const id = await hostWithoutWorker();
  await query(slipway.database.url, "UPDATE hosts SET last_seen_at = now() - interval '31 s' WHERE id = $1", [id]);
  return id;
}

async function hostWithoutWorker(): Promise<string> {
  const id = uniqueName();
  await slipway.store.hosts.register(testHost(id));
  return id;
}

async function availableDatabase(): Promise<string> {
  return (await available(slipway.store)).database.id;
}

/** A database that was brought to a rest by an operation, and is marked as a workflow marks it. */
async function atRest(state: 'stopped' | 'paused'): Promise<string> {
  const { store, api } = slipway;
  const { id } = (await available(store)).database;
  const verb = state === 'stopped' ? 'stop' : 'pause';
  const { body } = await api.send('POST', `/v1/databases/${id}/${verb}`);
  const operation = await claimed(store, await store.operations.load(body.operation.id));
  await store.operations.markInstances(operation, 'modifying', [placementOf(id)]);
  const end = { outcome: 'succeeded', wayBack: 'not_taken', error: null } as const;
  await store.operations.finish({ operationId: operation.id, ...end });
  return id;
}

interface Success {
  readonly thing: keyof typeof things;
  readonly body?: () => object;
  /** Where it is not the route's own. */
  readonly action?: string;
  /** Where 202 does not stand for an operation. */
  readonly outcome?: string;
  readonly needsWorker?: boolean;
}

const size = () => ({ size: 'medium' });

/** How each changing route is asked so that it does what it is for. */
const successes: Readonly<Record<string, Success>> = {
  'POST /v1/databases': { thing: 'none', body: newDatabase },
  'POST /v1/databases/:id/stop': { thing: 'available' },
  'POST /v1/databases/:id/start': { thing: 'stopped' },
  'POST /v1/databases/:id/restart': { thing: 'available' },
  'POST /v1/databases/:id/recover': { thing: 'failed database' },
  'POST /v1/databases/:id/pause': { thing: 'available' },
  'POST /v1/databases/:id/resume': { thing: 'paused' },
  'POST /v1/databases/:id/resize': { thing: 'available', body: size },
  'POST /v1/databases/:id/rotate-credentials': { thing: 'available' },
  'PATCH /v1/databases/:id': { thing: 'available', body: size },
  'DELETE /v1/databases/:id': { thing: 'available' },
  'POST /v1/databases/:id/undelete': { thing: 'deleted database' },
  'DELETE /v1/deleted-databases/:id': { thing: 'deleted database' },
  'POST /v1/instances/:id/stop': { thing: 'instance', action: 'database.stop' },
  'POST /v1/instances/:id/start': { thing: 'stopped instance', action: 'database.start' },
  'POST /v1/instances/:id/restart': { thing: 'instance', action: 'database.restart' },
  'POST /v1/instances/:id/pause': { thing: 'instance', action: 'database.pause' },
  'POST /v1/instances/:id/resume': { thing: 'paused instance', action: 'database.resume' },
  'POST /v1/instances/:id/resize': { thing: 'instance', body: size, action: 'database.resize' },
  'POST /v1/operations/:id/cancel': { thing: 'running operation' },
  'POST /v1/operations/:id/retry': { thing: 'failed operation', action: 'database.restart' },
  'POST /v1/operations/:id/abort': { thing: 'running operation' },
  'PUT /v1/tenants/:id/quota': { thing: 'tenant', body: () => ({ databases: 7, nanoCpus: null, memoryBytes: null }) },
  'POST /v1/installation/release': { thing: 'held store', body: () => ({ incomplete: true }) },
  'POST /v1/hosts': { thing: 'none', body: () => ({ id: uniqueName() }) },
  'PATCH /v1/hosts/:id': { thing: 'host', body: () => ({ cordoned: true }) },
  'DELETE /v1/hosts/:id': { thing: 'host' },
  'POST /v1/hosts/:id/lost': { thing: 'silent host' },
  'POST /v1/hosts/:id/return': { thing: 'lost host' },
  'POST /v1/reconcilers/:id/resume': { thing: 'stopped reconciler' },
  'PATCH /v1/health-checks/:id': { thing: 'check', body: () => ({ enabled: false }) },
  'POST /v1/health-checks/:id/run': { thing: 'check', outcome: 'succeeded' },
  'PUT /v1/health-checks/:id/bindings': { thing: 'check', body: () => ({ items: [] }) },
  'POST /v1/notification-channels': { thing: 'none', body: newChannelBody },
  'PATCH /v1/notification-channels/:id': { thing: 'channel', body: () => ({ enabled: false }) },
  'DELETE /v1/notification-channels/:id': { thing: 'channel' },
  'POST /v1/notification-channels/:id/rotate-secret': { thing: 'channel', body: () => ({ secret: webhookSecret }) },
  'POST /v1/notification-channels/:id/test': { thing: 'channel', outcome: 'accepted', needsWorker: true },
  'POST /v1/notification-channels/:id/deliveries/:deliveryId/redeliver': { thing: 'delivery' },
  'POST /v1/keys': { thing: 'none', body: () => ({ name: uniqueName(), role: 'viewer' }) },
  'POST /v1/keys/:id/rotate': { thing: 'key' },
  'DELETE /v1/keys/:id': { thing: 'key' },
  'POST /v1/tenants': { thing: 'none', body: () => ({ name: uniqueName() }) },
  'DELETE /v1/tenants/:id': { thing: 'tenant' },
};

const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;
const changing = allRoutes({} as ApiDependencies).filter(({ method }) => method !== 'get');

test('every changing route has a name in the audit, and is walked', () => {
  expect(changing.filter(({ action }) => action === undefined).map(nameOf)).toEqual([]);
  expect(Object.keys(successes).sort()).toEqual(changing.map(nameOf).sort());
});

describe.each(changing.map((one) => ({ name: nameOf(one), one })))('$name', ({ name, one }) => {
  const {
    thing,
    body,
    action = one.action,
    outcome: ended,
    needsWorker = false,
  } = successes[name] ?? ({ thing: 'none' } as Success);

  async function ask(client: ApiClient): Promise<Answer & { readonly id: string }> {
    const id = await things[thing]();
    const headers = { 'user-agent': 'audit-test/1' };
    const [first = '', second = ''] = id.split('/');
    const path = one.path.replace(':id', first).replace(':deliveryId', second);
    return { ...(await client.send(one.method.toUpperCase(), path, body?.(), headers)), id: first };
  }

  test('leaves exactly one entry when it does what it is for', async () => {
    if (needsWorker) await slipway.startWorker();
    const answer = await ask(slipway.api);
    await slipway.stopWorker();
    expect(answer.status).toBeLessThan(300);
    const origin = { address: expect.stringContaining('127.0.0.1'), userAgent: 'audit-test/1' };
    const keyId = slipway.api.key.slice(4, 16);
    const outcome = ended ?? (answer.status === 202 ? 'accepted' : 'succeeded');
    expect(await entriesOf(answer)).toEqual([
      expect.objectContaining({ actor: 'key:admin', keyId, ...origin, action, outcome, reason: null }),
    ]);
  });

  test('leaves exactly one entry when it is refused', async () => {
    const answer = await ask(await clientOf(slipway, { role: 'viewer' }, 'looker'));
    expect(answer.status).toBe(403);
    expect(await entriesOf(answer)).toEqual([
      expect.objectContaining({
        tenantId: 'default',
        actor: 'key:looker',
        action: one.action,
        resource: { kind: one.action?.split('.')[0], id: answer.id, name: '' },
        outcome: 'refused',
        reason: 'forbidden',
      }),
    ]);
  });
});

describe('what was so before and after', () => {
  const changeOf = async (answer: Answer) => {
    const [{ before, after }] = await entriesOf(answer);
    return { before, after };
  };

  test('of a database', async () => {
    const made = await slipway.api.send('POST', '/v1/databases', { ...newDatabase(), description: 'ships' });
    const { before, after } = await changeOf(made);
    expect(before).toBeNull();
    expect(after).toMatchObject({ description: 'ships', spec: { version: '17' } });
    const id = await things.available();
    const patch = { description: 'boats', labels: { team: 'sea' } };
    expect(await changeOf(await slipway.api.send('PATCH', `/v1/databases/${id}`, patch))).toMatchObject({
      before: { description: '', labels: {} },
      after: patch,
    });
  });

  test('of a database that is deleted', async () => {
    const answer = await slipway.api.send('DELETE', `/v1/databases/${await things.available()}`);
    expect(await changeOf(answer)).toMatchObject({ before: { spec: { version: '17' } }, after: null });
  });

  test('of a key, whose text is nowhere', async () => {
    const made = await slipway.api.send('POST', '/v1/keys', { name: 'deploy', role: 'operator' });
    const { after } = await changeOf(made);
    expect(after).toMatchObject({ name: 'deploy', role: 'operator' });
    const secret = made.body.key.slice(17);
    const { body } = await slipway.api.send('GET', '/v1/audit?pageSize=200');
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  test('of a quota', async () => {
    const id = await things.tenant();
    const limits = { databases: 3, nanoCpus: null, memoryBytes: null };
    expect(await changeOf(await slipway.api.send('PUT', `/v1/tenants/${id}/quota`, limits))).toEqual({
      before: { databases: null, nanoCpus: null, memoryBytes: null },
      after: limits,
    });
  });
});

describe('a refusal', () => {
  test('for want of a key is the address’s (401)', async () => {
    const answer = await slipway.api.raw('/v1/databases?name=secret', { method: 'POST' });
    expect(await entriesOf(answer)).toEqual([
      expect.objectContaining({
        tenantId: null,
        actor: 'anonymous',
        keyId: null,
        action: 'request',
        resource: { kind: 'request', id: 'POST /v1/databases', name: '' },
        reason: 'unauthenticated',
      }),
    ]);
  });

  test('of what may not be in this state is written with its code (409)', async () => {
    const id = await things.stopped();
    const answer = await slipway.api.send('POST', `/v1/databases/${id}/pause`);
    expect(await entriesOf(answer)).toEqual([
      expect.objectContaining({ action: 'database.pause', outcome: 'refused', reason: 'state_conflict' }),
    ]);
  });

  test('of what is too much is written (429)', async () => {
    const tenantId = await things.tenant();
    await slipway.store.quotas.setLimits(tenantId, { databases: 0, nanoCpus: null, memoryBytes: null }, null, ada);
    const client = await clientOf(slipway, { tenantId });
    const answer = await client.send('POST', '/v1/databases', newDatabase());
    expect(await entriesOf(answer, client)).toEqual([
      expect.objectContaining({ tenantId, action: 'database.create', reason: 'quota_exceeded' }),
    ]);
  });

  test('of what was answered before is not written again', async () => {
    const id = await things.stopped();
    const key = { 'idempotency-key': uniqueName() };
    await slipway.api.send('POST', `/v1/databases/${id}/pause`, undefined, key);
    const again = await slipway.api.send('POST', `/v1/databases/${id}/pause`, undefined, key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await entriesOf(again)).toEqual([]);
  });

  test('is written so often for one key in a minute, and no more', async () => {
    const looker = await clientOf(slipway, { role: 'viewer' }, uniqueName());
    for (let index = 0; index < refusalsPerMinute + 5; index += 1) await looker.send('POST', '/v1/databases', {});
    const { body } = await slipway.api.send('GET', '/v1/audit?pageSize=200');
    const keyId = looker.key.slice(4, 16);
    expect(body.items.filter((entry: any) => entry.keyId === keyId)).toHaveLength(refusalsPerMinute);
    const metrics = await slipway.api.send('GET', '/metrics');
    expect(metrics.body).toMatch(/slipway_refusals_not_audited_total\{code="forbidden"\} [1-9]/);
  });

  test('is answered also when it cannot be written', async () => {
    const looker = await clientOf(slipway, { role: 'viewer' }, uniqueName());
    await withoutAudit(slipway.database.url, async () => {
      expect(await looker.send('POST', '/v1/databases', {})).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
    });
  });
});

describe('the list', () => {
  test('shows a tenant’s administrator its own entries only (A03)', async () => {
    const [mine, other] = [await things.tenant(), await things.tenant()];
    const [me, them] = [await clientOf(slipway, { tenantId: mine }), await clientOf(slipway, { tenantId: other })];
    await them.send('POST', '/v1/databases', newDatabase());
    await me.send('POST', '/v1/databases', newDatabase());
    const { body } = await me.send('GET', '/v1/audit');
    expect(body.items.length).toBeGreaterThan(0);
    expect(new Set(body.items.map((entry: any) => entry.tenantId))).toEqual(new Set([mine]));
    expect((await me.send('GET', `/v1/audit?tenantId=${other}`)).body.items).toEqual([]);
  });

  test('is filtered by what an entry says, and read on by its token', async () => {
    const tenantId = await things.tenant();
    const client = await clientOf(slipway, { tenantId }, 'filter');
    const answers = [];
    for (let index = 0; index < 3; index += 1) {
      answers.push(await client.send('POST', '/v1/databases', newDatabase()));
    }
    const resourceId = answers[1]?.body.database.id;
    const operationId = answers[2]?.body.operation.id;
    const found = async (query: string) => (await client.send('GET', `/v1/audit?${query}`)).body.items;
    expect(await found(`resourceId=${resourceId}`)).toHaveLength(1);
    expect(await found(`operationId=${operationId}`)).toHaveLength(1);
    expect(await found('action=database.create&outcome=accepted&actor=key:filter')).toHaveLength(3);
    expect(await found('action=database.delete')).toEqual([]);
    const now = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await found(`since=${now}`)).toEqual([]);
    expect((await found(`until=${now}`)).length).toBeGreaterThanOrEqual(3);
    const ids: string[] = [];
    for (let token = ''; ; ) {
      const { body } = await client.send('GET', `/v1/audit?action=database.create&pageSize=2${token}`);
      ids.push(...body.items.map((entry: any) => entry.id));
      if (body.nextPageToken === null) break;
      token = `&pageToken=${body.nextPageToken}`;
    }
    expect(ids).toHaveLength(3);
    expect(ids).toEqual([...ids].sort((a, b) => Number(b) - Number(a)));
  });

  test('refuses a filter and a token that are none', async () => {
    for (const query of ['outcome=maybe', 'since=yesterday', 'action=!', 'pageToken=x']) {
      expect((await slipway.api.send('GET', `/v1/audit?${query}`)).status).toBe(400);
    }
  });
});
