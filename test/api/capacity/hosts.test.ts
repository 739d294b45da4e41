import { memoryHost } from '../../../dev/memory-host';
import { currentContract } from '../../../domain/planning/contract';
import { sizeClasses } from '../../../domain/spec';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

let slipway: Slipway;
let hostId: string;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost() });
  hostId = slipway.environment.SLIPWAY_HOST_ID ?? '';
});
afterAll(async () => {
  await slipway?.stop();
});

const input = (name: string) => ({ name, version: '17', size: 'small' });

test('a host says what it holds, and how its worker finds it', async () => {
  const { api } = slipway;
  await api.succeeded('POST', '/v1/databases', input('held'));
  const [held] = await query<{ instances: number; nanoCpus: number; memoryBytes: number }>(
    slipway.database.url,
    `SELECT (SELECT count(*)::int FROM instances) AS instances, sum(nano_cpus)::float8 AS "nanoCpus",
       sum(memory_bytes)::float8 AS "memoryBytes" FROM holdings WHERE host_id = $1`,
    [hostId],
  );
  const { status, body } = await api.send('GET', `/v1/hosts/${hostId}`);
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      id: hostId,
      labels: {},
      state: 'ready',
      lastSeenAt: expect.any(String),
      cordoned: false,
      engineId: 'memory',
      address: '127.0.0.1',
      portRange: { from: 20_000, to: 29_999 },
      addressPool: '10.213.0.0/16',
      capacity: { nanoCpus: null, memoryBytes: null },
      used: { nanoCpus: held?.nanoCpus, memoryBytes: held?.memoryBytes },
      instances: held?.instances,
      workers: [
        {
          id: expect.any(String),
          build: expect.stringMatching(/^[0-9a-f]{12}$/),
          contract: currentContract,
          startedAt: expect.any(String),
          lastSeenAt: expect.any(String),
        },
      ],
      worker: { answers: true, error: null },
      breaker: { state: 'closed', since: expect.any(String), unavailableSince: null, lastFailure: null },
      calls: { running: 0, waiting: 0, most: 20 },
    },
  });
  const workers = [{ ...body.workers[0], lastSeenAt: expect.any(String) }];
  const listed = { ...body, workers, lastSeenAt: expect.any(String) };
  expect((await api.send('GET', '/v1/hosts')).body).toEqual({ items: [listed], nextPageToken: null });
});

test.each([
  { path: '/v1/hosts/no-such-host', status: 404, code: 'not_found' },
  { path: '/v1/hosts/No_Host', status: 400, code: 'invalid_request' },
])('$path is $status', async ({ path, status, code }) => {
  const answer = await slipway.api.send('GET', path);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
});

test('a host whose worker is away is listed with the reason', async () => {
  const { api, store, database } = slipway;
  const id = 'lost-host';
  const lost = { id, address: '10.0.0.9', portFrom: 20_000, portTo: 20_009, addressPool: '10.213.0.0/16' };
  await store.hosts.register({ ...lost, agentUrl: 'https://127.0.0.1:1' });
  try {
    expect((await api.send('GET', `/v1/hosts/${id}`)).body).toMatchObject({
      instances: 0,
      worker: { answers: false, error: { code: 'backend_unavailable' } },
      breaker: null,
      calls: null,
    });
  } finally {
    await query(database.url, 'DELETE FROM hosts WHERE id = $1', [id]);
  }
});

test('a host that is forgotten while its worker runs is known again, and so is its worker', async () => {
  const { api, store, database } = slipway;
  const worker = await store.hosts.agentUrl(hostId);
  await query(database.url, "UPDATE hosts SET agent_url = 'https://127.0.0.1:1' WHERE id = $1", [hostId]);
  await eventually(async () => expect(await store.hosts.agentUrl(hostId)).toBe(worker));
  const other = await startSlipway({ ports: memoryHost() });
  try {
    const path = `/v1/hosts/${other.environment.SLIPWAY_HOST_ID}`;
    expect((await other.api.send('DELETE', path)).status).toBe(200);
    await eventually(async () => expect((await other.api.send('GET', path)).status).toBe(200));
    await other.api.succeeded('POST', '/v1/databases', input('placed'));
  } finally {
    await other.stop();
  }
  expect((await api.send('GET', `/v1/hosts/${hostId}`)).body.worker).toEqual({ answers: true, error: null });
});

describe('what an administrator says of a host', () => {
  afterEach(async () => {
    const { api } = slipway;
    await api.send('PATCH', `/v1/hosts/${hostId}`, {
      labels: { rack: null, room: null },
      cordoned: false,
      capacity: { nanoCpus: null, memoryBytes: null },
    });
  });

  test('is there before its worker, which leaves it, and goes with it', async () => {
    const { api, store } = slipway;
    const capacity = { nanoCpus: 8e9, memoryBytes: 2 ** 35 };
    const { status, headers, body } = await api.send('POST', '/v1/hosts', {
      id: 'next',
      labels: { rack: '7' },
      capacity,
      cordoned: true,
    });
    expect({ status, location: headers.get('location') }).toEqual({ status: 201, location: '/v1/hosts/next' });
    expect(body).toMatchObject({
      labels: { rack: '7' },
      capacity,
      cordoned: true,
      state: 'new',
      lastSeenAt: null,
      used: { nanoCpus: 0, memoryBytes: 0 },
      worker: { answers: false, error: { code: 'backend_unavailable' } },
    });
    const again = await api.send('POST', '/v1/hosts', { id: 'next' });
    expect({ status: again.status, code: again.body.code }).toEqual({ status: 409, code: 'name_in_use' });
    const range = { portFrom: 30_000, portTo: 30_009, addressPool: '10.220.0.0/16' };
    await store.hosts.register({ id: 'next', address: '10.0.0.9', agentUrl: 'https://127.0.0.1:1', ...range });
    expect((await api.send('GET', '/v1/hosts/next')).body).toMatchObject({
      labels: { rack: '7' },
      capacity,
      cordoned: true,
      address: '10.0.0.9',
      portRange: { from: 30_000, to: 30_009 },
      addressPool: '10.220.0.0/16',
    });
    expect((await api.send('DELETE', '/v1/hosts/next')).body).toMatchObject({ id: 'next' });
    expect((await api.send('GET', '/v1/hosts/next')).status).toBe(404);
    expect((await api.send('DELETE', '/v1/hosts/next')).status).toBe(404);
  });

  test('is changed by a merge patch: what is absent stays, a label that is null goes', async () => {
    const { api } = slipway;
    const path = `/v1/hosts/${hostId}`;
    await api.send('PATCH', path, { labels: { rack: '7', room: 'b' }, capacity: { memoryBytes: 2 ** 40 } });
    const { status, body } = await api.send('PATCH', path, { labels: { room: null }, capacity: { nanoCpus: 1e12 } });
    expect({ status, body }).toMatchObject({ status: 200, body: { cordoned: false } });
    expect(body).toMatchObject({ labels: { rack: '7' }, capacity: { nanoCpus: 1e12, memoryBytes: 2 ** 40 } });
    expect(body.labels).toEqual({ rack: '7' });
    const removed = await api.send('PATCH', path, { labels: null, capacity: null });
    expect(removed.body).toMatchObject({ labels: {}, capacity: { nanoCpus: null, memoryBytes: null } });
    expect(removed.body.labels).toEqual({});
    expect((await api.send('PATCH', '/v1/hosts/no-such-host', {})).status).toBe(404);
  });

  test.each([
    { title: 'no id', method: 'POST', body: {}, field: 'id' },
    {
      title: 'ports the wrong way round',
      method: 'POST',
      body: { id: 'x', portRange: { from: 3000, to: 2000 } },
      field: 'portRange',
    },
    { title: 'no network', method: 'POST', body: { id: 'x', addressPool: 'any' }, field: 'addressPool' },
    {
      title: 'ports, which are the worker’s to say',
      method: 'PATCH',
      body: { portRange: { from: 2000, to: 3000 } },
      field: 'portRange',
    },
    {
      title: 'a negative capacity',
      method: 'PATCH',
      body: { capacity: { memoryBytes: -1 } },
      field: 'capacity.memoryBytes',
    },
  ])('$method with $title is 400', async ({ method, body, field }) => {
    const path = method === 'POST' ? '/v1/hosts' : `/v1/hosts/${hostId}`;
    const answer = await slipway.api.send(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([expect.objectContaining({ field })]);
  });

  test('without room refuses creates and resizes by 503, with what is asked and what is free', async () => {
    const { api } = slipway;
    const { database } = await api.succeeded('POST', '/v1/databases', input('fits'));
    const { used } = (await api.send('GET', `/v1/hosts/${hostId}`)).body;
    await api.send('PATCH', `/v1/hosts/${hostId}`, { capacity: { memoryBytes: used.memoryBytes + 5 } });
    const mostFree = { nanoCpus: null, memoryBytes: 5 };
    const refused = await api.send('POST', '/v1/databases', input('does-not'));
    expect(refused.headers.get('retry-after')).toBe('2');
    expect({ status: refused.status, body: refused.body }).toMatchObject({
      status: 503,
      body: { code: 'capacity_exhausted', asked: sizeClasses.small, mostFree },
    });
    const { memoryBytes } = sizeClasses.medium;
    const larger = await api.send('POST', `/v1/databases/${database.id}/resize`, { size: 'medium' });
    expect({ status: larger.status, body: larger.body }).toMatchObject({
      status: 503,
      body: {
        code: 'capacity_exhausted',
        asked: { memoryBytes: memoryBytes - sizeClasses.small.memoryBytes },
        mostFree,
      },
    });
    expect((await api.send('GET', `/v1/hosts/${hostId}`)).body.used).toEqual(used);
  });

  test('that it is cordoned keeps new databases away, and changes of those that are there go on', async () => {
    const { api } = slipway;
    const { database } = await api.succeeded('POST', '/v1/databases', input('stays'));
    await api.send('PATCH', `/v1/hosts/${hostId}`, { cordoned: true });
    const refused = await api.send('POST', '/v1/databases', input('comes-not'));
    expect({ status: refused.status, body: refused.body }).toMatchObject({
      status: 503,
      body: { code: 'capacity_exhausted', detail: 'all hosts are cordoned', mostFree: null },
    });
    await api.succeeded('POST', `/v1/databases/${database.id}/resize`, { size: 'medium' });
    await api.succeeded('POST', `/v1/databases/${database.id}/stop`);
    await api.succeeded('POST', `/v1/databases/${database.id}/start`);
  });

  test('that it is no more is refused while there are instances', async () => {
    const { api } = slipway;
    await api.succeeded('POST', '/v1/databases', input('held-here'));
    const { status, body } = await api.send('DELETE', `/v1/hosts/${hostId}`);
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { code: 'host_in_use', instances: expect.any(Number) },
    });
  });

  test('is what a create meets that was accepted before', async () => {
    const { api } = slipway;
    await slipway.stopWorker();
    const { body } = await api.send('POST', '/v1/databases', input('came-late'));
    await api.send('PATCH', `/v1/hosts/${hostId}`, { cordoned: true });
    await slipway.startWorker();
    expect(await api.finished(body.operation.id)).toMatchObject({
      state: 'failed',
      error: { code: 'capacity_exhausted', details: { asked: sizeClasses.small, mostFree: null } },
    });
    expect(await expectTruth(slipway, body.database.id, null)).toBe('failed');
  });
});
