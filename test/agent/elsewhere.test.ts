import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { adminKeyOf } from '../support/admin-key';
import { anyPort, ownAddress } from '../support/agent';
import { readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { type ApiClient, createApiClient } from '../support/http';
import { type Program, startProgram } from '../support/program';
import { type Slipway, startSlipway } from '../support/slipway';

/** The worker's, which knows of no API; these know of the worker what it has registered. */
let slipway: Slipway;
let hostId: string;
const programs: Program[] = [];
beforeAll(async () => {
  const backend = createMemoryBackend({ logs: () => ['one', 'two'] });
  slipway = await startSlipway({
    ports: memoryHost(backend),
    env: { SLIPWAY_AGENT_ADDRESS: `${ownAddress()}:0`, PORT: '0', LOG_LEVEL: 'info' },
  });
  hostId = slipway.environment.SLIPWAY_HOST_ID ?? '';
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
});
afterAll(async () => {
  await slipway?.stop();
});

function start(file: string, changes: Readonly<Record<string, string>> = {}): Program {
  const { SLIPWAY_AGENT_ADDRESS: _worker, ...environment } = slipway.environment;
  const program = startProgram(file, { ...environment, ...changes });
  programs.push(program);
  return program;
}

async function startApi(changes: Readonly<Record<string, string>> = {}): Promise<ApiClient> {
  const program = start('api/main.js', changes);
  const { address } = await program.line(({ msg }) => msg === 'listening');
  const url = `http://127.0.0.1:${(address as AddressInfo).port}`;
  return createApiClient(url, await adminKeyOf(slipway.database.url));
}

test('a host is read by the API of another process, at the address that its worker has registered', async () => {
  expect(await slipway.store.hosts.agentUrl(hostId)).toMatch(`https://${ownAddress()}:`);
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', { name: 'far', version: '17', size: 'small' }))
    .database;
  const api = await startApi();
  const { body: host } = await api.send('GET', `/v1/hosts/${hostId}`);
  expect(host).toMatchObject({ worker: { answers: true, error: null }, breaker: { state: 'closed' } });
  const { body: log } = await api.send('GET', `/v1/databases/${id}/logs`);
  expect(log.items.map(({ text }: { text: string }) => text)).toEqual(['one', 'two']);
  const reader = await readEvents(api, `/v1/databases/${id}/logs?follow=true`);
  await eventually(() => expect(reader.events.map(({ data }) => data.text)).toEqual(['one', 'two']));
  reader.leave();
});

test('an API with another secret key is told so, and gets nothing', async () => {
  const api = await startApi({ SLIPWAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') });
  const { body } = await api.send('GET', `/v1/hosts/${hostId}`);
  expect(body.worker).toMatchObject({
    answers: false,
    error: {
      code: 'backend_unavailable',
      message: `the worker of host ${hostId} has a different secret key, or something else is listening at its address`,
    },
  });
  expect(body.breaker).toBeNull();
});

test('a worker whose address is in use says so and ends, at once', async () => {
  const other = createServer().listen(anyPort);
  await once(other, 'listening');
  try {
    const { port } = other.address() as AddressInfo;
    const program = start('worker.js', { SLIPWAY_HOST_ID: 'second', SLIPWAY_AGENT_ADDRESS: `127.0.0.1:${port}` });
    expect(await program.ended).toBe(1);
    const reason = `cannot listen for the API on 127.0.0.1, port ${port} (SLIPWAY_AGENT_ADDRESS): EADDRINUSE`;
    expect(program.output()).toContain(reason);
    expect(program.output()).not.toMatch(/could not start the worker|"ready"/);
  } finally {
    other.close();
  }
});

test('a worker on every address that is not told where it is reached is refused its configuration', async () => {
  const program = start('worker.js', { SLIPWAY_AGENT_ADDRESS: '0.0.0.0:7443' });
  expect(await program.ended).toBe(78);
  expect(program.output()).toContain('  - SLIPWAY_AGENT_URL: expected where the API reaches the worker');
});
