import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { newPassword } from '../../../postgres/scram';
import type { Store } from '../../../store/store';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  /** A host whose engines have the monitor's role, as real ones. */
  const ports = (config: never, store: Store, logger: never) =>
    memoryHost(backend, {
      ensureLogins: async (_name, { databaseId, tenantId }) => {
        for (const login of ['owner', 'monitor'] as const)
          await store.secrets.ensure(tenantId, databaseId, login, newPassword);
      },
    })(config, store, logger);
  // Not where other files have their databases: these ports are really dialled, and nobody is to be there.
  slipway = await startSlipway({ ports: ports as never, env: { SLIPWAY_HOST_PORT_RANGE: '30000-32767' } });
});
afterAll(async () => {
  await slipway?.stop();
});

let serial = 0;

async function created(): Promise<string> {
  const input = { name: `stats-${++serial}`, version: '17', size: 'small' };
  return (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
}

async function statsOf(id: string): Promise<any> {
  const { status, body } = await slipway.api.send('GET', `/v1/databases/${id}/stats`);
  expect({ status, items: body.items?.length }).toEqual({ status: 200, items: 1 });
  return body.items[0];
}

const small = { memoryLimitBytes: expect.any(Number), cpuPercentOfOneCpu: 0, cpuSampleMs: expect.any(Number) };

test('an engine whose port nobody listens on: the use is there, and why the engine says nothing', async () => {
  const id = await created();
  expect(await statsOf(id)).toEqual({
    instanceId: `${id}-primary`,
    name: 'primary',
    role: 'primary',
    hostId: slipway.environment.SLIPWAY_HOST_ID,
    usage: expect.objectContaining(small),
    usageError: null,
    engine: null,
    engineError: { code: 'not_ready', message: expect.stringContaining('ECONNREFUSED') },
  });
});

test('an engine that takes the connection and does not answer is given up after two seconds; no secret is shown', async () => {
  const id = await created();
  const { port } = (await slipway.api.send('GET', `/v1/databases/${id}`)).body.instances[0].address;
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(port, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const began = performance.now();
    const { usage, engine, engineError } = await statsOf(id);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect({ usage, engine }).toEqual({ usage: expect.objectContaining(small), engine: null });
    expect(engineError).toEqual({ code: 'not_ready', message: expect.stringMatching(/^the engine did not respond/) });
    expect(JSON.stringify(engineError)).not.toContain(await slipway.store.secrets.read(id, 'monitor'));
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

test.each([
  { verb: 'stop', state: 'stopped' },
  { verb: 'pause', state: 'paused' },
])('an instance that is $state has neither part and says so, without asking the engine', async ({ verb, state }) => {
  const id = await created();
  await slipway.api.succeeded('POST', `/v1/databases/${id}/${verb}`);
  const error = { code: 'state_conflict', message: `the instance is ${state}`, details: { currentState: state } };
  expect(await statsOf(id)).toMatchObject({ usage: null, usageError: error, engine: null, engineError: error });
});

test('a host without stats, or whose worker is away: the engine is asked all the same', async () => {
  const id = await created();
  backend.unsupported.add('stats');
  try {
    expect(await statsOf(id)).toMatchObject({
      usage: null,
      usageError: { code: 'not_supported' },
      engineError: { code: 'not_ready' },
    });
  } finally {
    backend.unsupported.clear();
  }
  await slipway.stopWorker();
  try {
    expect(await statsOf(id)).toMatchObject({
      usage: null,
      usageError: { code: 'backend_unavailable' },
      engineError: { code: 'not_ready' },
    });
  } finally {
    await slipway.startWorker();
  }
});

test('a database that is unknown is 404', async () => {
  const { status, body } = await slipway.api.send('GET', '/v1/databases/aaaaaaaaaaaa/stats');
  expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' });
});
