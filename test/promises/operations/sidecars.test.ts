import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { expectTruth } from '../../support/oracle';
import { type LogLine, type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
const logged: LogLine[] = [];
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend), log: (line) => void logged.push(line) });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

let serial = 0;
const both = { pooler: { enabled: true }, exporter: { enabled: true } };

async function newDatabase(more: object = {}): Promise<string> {
  const input = { name: `beside-${++serial}`, version: '17', size: 'small', ...more };
  return (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
}

async function containers(id: string): Promise<Record<string, string>> {
  const objects = await backend.list({ 'slipway.database': id });
  const states = objects.flatMap((one) => (one.kind === 'container' ? [[nameOf(one.name), one.state]] : []));
  return Object.fromEntries(states);
}

/** The container of a sidecar. */
async function containerOf(id: string, role: string): Promise<{ name: string; id: string }> {
  const objects = await backend.list({ 'slipway.database': id });
  const found = objects.find((one) => one.kind === 'container' && one.name.endsWith(`-${role}`));
  if (found?.kind !== 'container') throw new Error(`database ${id} has no ${role}`);
  return { name: found.name, id: found.id };
}

/** The last parts of a container's name: `primary`, `primary-pooler`. */
const nameOf = (name: string) => name.replace(/^.*?-(primary.*)$/, '$1');

/** What is done to containers from now on, in order. */
function callsSince(from: number): string[] {
  return backend.calls
    .slice(from)
    .filter((call) => /^(start|stop|remove)Container/.test(call))
    .map((call) => `${call.split(' ')[0]} ${nameOf(call)}`);
}

const read = async (id: string) => (await slipway.api.send('GET', `/v1/databases/${id}`)).body;

test('a database has the sidecars that are enabled, each at a port of its own that it keeps (A24, A26)', async () => {
  const id = await newDatabase(both);
  expect(await containers(id)).toEqual({
    primary: 'running',
    'primary-pooler': 'running',
    'primary-exporter': 'running',
  });
  const before = await read(id);
  expect(before).toMatchObject({ degraded: false, pooler: { enabled: true, poolSize: 20, mode: 'transaction' } });
  const [{ address, sidecars }] = before.instances;
  const ports = [address, ...sidecars.map((sidecar: any) => sidecar.address)].map(({ port }) => port);
  expect(new Set(ports).size).toBe(3);
  await slipway.api.succeeded('POST', `/v1/databases/${id}/restart`);
  expect((await read(id)).instances[0].sidecars).toEqual(sidecars);
  const { body } = await slipway.api.send('GET', `/v1/databases/${id}/connection`);
  expect(new URL(body.pooledUrl).port).toBe(String(sidecars.find(({ role }: any) => role === 'pooler').address.port));
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('the engine stops before its sidecars and starts before them (A13, A17)', async () => {
  const id = await newDatabase(both);
  let from = backend.calls.length;
  await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  const [first, ...others] = callsSince(from);
  expect(first).toBe('stopContainer primary');
  expect(others.sort()).toEqual(['stopContainer primary-exporter', 'stopContainer primary-pooler']);
  from = backend.calls.length;
  await slipway.api.succeeded('POST', `/v1/databases/${id}/start`);
  expect(callsSince(from)[0]).toBe('startContainer primary');
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('when the engine cannot be stopped its sidecars still run (A13)', async () => {
  const id = await newDatabase(both);
  let times = 0;
  backend.intercept = {
    before: (call, name) => {
      if (call === 'stopContainer' && name.endsWith('primary') && times++ === 0)
        throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const from = backend.calls.length;
  const { body } = await slipway.api.send('POST', `/v1/databases/${id}/stop`);
  expect(await slipway.api.finished(body.operation.id)).toMatchObject({ state: 'failed' });
  expect(callsSince(from).filter((call) => call.startsWith('stop'))).toEqual(['stopContainer primary']);
  expect(await containers(id)).toEqual({
    primary: 'running',
    'primary-pooler': 'running',
    'primary-exporter': 'running',
  });
});

const failures = [
  { verb: 'stop', from: 'start', call: 'stopContainer', rest: 'stopped' },
  { verb: 'start', from: 'stop', call: 'startContainer', rest: 'available' },
];

test.each(
  failures.flatMap((row) => [
    { ...row, role: 'pooler' },
    { ...row, role: 'exporter' },
  ]),
)('a sidecar that fails to $verb is a warning with container and cause, and no failure: $role (A14)', async (row) => {
  const { verb, from, call, rest, role } = row;
  const id = await newDatabase(both);
  if (from === 'stop') await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  const container = await containerOf(id, role);
  backend.intercept = {
    before: (came, name) => {
      if (came === call && name === container.name) throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const { operation } = await slipway.api.succeeded('POST', `/v1/databases/${id}/${verb}`);
  const about = {
    step: verb === 'stop' ? 'stopSidecar' : 'ensureSidecar',
    resource: container.name,
    containerId: container.id,
  };
  expect(operation.warnings).toEqual([{ code: 'invalid_container', message: 'made to fail', details: about }]);
  const database = await read(id);
  expect(database).toMatchObject({ state: rest, error: null, degraded: rest === 'available' });
  if (rest === 'available') expect(await expectTruth(slipway, id, null)).toBe('available');
  // The next operation makes up for it.
  backend.intercept = {};
  await slipway.api.succeeded('POST', `/v1/databases/${id}/${verb === 'stop' ? 'start' : 'restart'}`);
  expect(await read(id)).toMatchObject({ state: 'available', degraded: false });
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test.each(['pooler', 'exporter'])(
  'the log names a sidecar that failed, its container and the cause: %s (A14)',
  async (role) => {
    const id = await newDatabase(both);
    const container = await containerOf(id, role);
    backend.intercept = {
      before: (came, name) => {
        if (came === 'stopContainer' && name === container.name)
          throw new DatabaseError('invalid_container', 'made to fail');
      },
    };
    const { operation } = await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
    const lines = logged.filter(({ msg }) => msg === 'a sidecar failed; the operation continues');
    expect(lines.filter(({ operationId }) => operationId === operation.id)).toMatchObject([
      {
        level: 40,
        step: 'stopSidecar',
        sidecar: role,
        resource: container.name,
        containerId: container.id,
        problem: { code: 'invalid_container', message: 'made to fail' },
      },
    ]);
  },
);

test('a sidecar that fails before it has a container is named by its container’s name (A14)', async () => {
  backend.intercept = {
    before: (came, name) => {
      if (came === 'ensureContainer' && name.endsWith('pooler'))
        throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const input = { name: `beside-${++serial}`, version: '17', size: 'small', pooler: { enabled: true } };
  const { body } = await slipway.api.send('POST', '/v1/databases', input);
  const { state, warnings } = await slipway.api.finished(body.operation.id);
  const resource = expect.stringMatching(/primary-pooler$/);
  expect({ state, warnings }).toEqual({
    state: 'succeeded',
    warnings: [{ code: 'invalid_container', message: 'made to fail', details: { step: 'ensureSidecar', resource } }],
  });
});

test('a sidecar is added, told of another pool, and taken away while the engine runs', async () => {
  const id = await newDatabase();
  expect((await read(id)).degraded).toBe(false);
  const from = backend.calls.length;
  await slipway.api.succeeded('PATCH', `/v1/databases/${id}`, { pooler: { enabled: true, mode: 'session' } });
  await slipway.api.succeeded('PATCH', `/v1/databases/${id}`, { pooler: { poolSize: 5 } });
  expect((await read(id)).pooler).toEqual({ enabled: true, poolSize: 5, mode: 'session' });
  expect(await expectTruth(slipway, id, null)).toBe('available');
  await slipway.api.succeeded('PATCH', `/v1/databases/${id}`, { pooler: null });
  expect(callsSince(from)).toEqual([
    'startContainer primary-pooler',
    'startContainer primary-pooler',
    'removeContainer primary-pooler',
  ]);
  expect((await read(id)).instances[0].sidecars).toEqual([]);
  expect((await slipway.api.send('GET', `/v1/databases/${id}/connection`)).body.pooledUrl).toBeNull();
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test.each([
  [{ pooler: { enabled: true, poolSize: 0 } }, 'pooler.poolSize'],
  [{ pooler: { enabled: true, mode: 'fast' } }, 'pooler.mode'],
  [{ pooler: { enabled: true, size: 3 } }, 'pooler.size'],
  [{ exporter: { enabled: 'yes' } }, 'exporter.enabled'],
  [{ exporter: {} }, 'exporter.enabled'],
])('%p is 400 and names the field', async (input, field) => {
  const body = { name: 'beside-bad', version: '17', size: 'small', ...input };
  const answer = await slipway.api.send('POST', '/v1/databases', body);
  expect({ status: answer.status, field: answer.body.errors[0].field }).toEqual({ status: 400, field });
});

test('a database is deleted with its sidecars', async () => {
  const id = await newDatabase(both);
  await slipway.api.succeeded('DELETE', `/v1/databases/${id}`);
  expect(await expectTruth(slipway, id, null)).toBe('gone');
});
