import { query } from '../support/database';
import { memoryHost } from '../support/memory-host';
import { type Slipway, startSlipway } from '../support/slipway';

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
  const [held] = await query<{ instances: number }>(
    slipway.database.url,
    'SELECT count(*)::int AS instances FROM instances',
  );
  const { status, body } = await api.send('GET', `/v1/hosts/${hostId}`);
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      id: hostId,
      address: '127.0.0.1',
      portRange: { from: 20_000, to: 29_999 },
      instances: held?.instances,
      worker: { answers: true, error: null },
      breaker: { state: 'closed', since: expect.any(String), unavailableSince: null, lastFailure: null },
      calls: { running: 0, waiting: 0, most: 20 },
    },
  });
  expect((await api.send('GET', '/v1/hosts')).body).toEqual({ items: [body], nextPageToken: null });
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
  await store.hosts.register({ ...lost, agentUrl: 'http://127.0.0.1:1' });
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
