import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let readiness: () => Promise<void> = async () => undefined;
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend, { awaitReady: () => readiness() }) });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  readiness = async () => undefined;
});

let serial = 0;

/** A database at rest in this state. */
async function databaseThatIs(state: 'available' | 'stopped' | 'paused'): Promise<string> {
  const { api } = slipway;
  const input = { name: `power-${++serial}`, version: '17', size: 'small' };
  const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
  if (state === 'stopped') await api.succeeded('POST', `/v1/databases/${id}/stop`);
  if (state === 'paused') await api.succeeded('POST', `/v1/databases/${id}/pause`);
  return id;
}

async function containerState(databaseId: string): Promise<string | undefined> {
  const objects = await backend.list({ 'slipway.database': databaseId });
  const container = objects.find(({ kind }) => kind === 'container');
  return container?.kind === 'container' ? container.state : undefined;
}

async function ask(databaseId: string, verb: string): Promise<any> {
  const { status, body } = await slipway.api.send('POST', `/v1/databases/${databaseId}/${verb}`);
  expect({ status, body }).toMatchObject({ status: 202 });
  return slipway.api.finished(body.operation.id);
}

/** Removes a database's container behind Slipway's back; returns its name. */
async function removeContainer(databaseId: string): Promise<string> {
  const objects = await backend.list({ 'slipway.database': databaseId });
  const [container] = objects.filter(({ kind }) => kind === 'container');
  if (container === undefined) throw new Error(`database ${databaseId} has no container`);
  await backend.removeContainer(container.name, container.labels);
  return container.name;
}

/** The warning of a container that was recreated. */
const missing = (name: string) => ({
  code: 'container_missing',
  message: `container ${name} was missing; the operation recreates it on its volume`,
  details: { resource: name },
});

const failing = (call: string) => ({
  before: (came: string) => {
    if (came === call) throw new DatabaseError('invalid_container', `${call} was made to fail`);
  },
});

test('stop, start, restart, pause, resume: the container is what the record says (A01, A17, A35, B02)', async () => {
  const id = await databaseThatIs('available');
  const seen: (string | undefined)[][] = [];
  for (const verb of ['stop', 'start', 'restart', 'pause', 'resume']) {
    const from = backend.calls.length;
    expect(await ask(id, verb)).toMatchObject({ kind: verb, state: 'succeeded', error: null });
    const calls = backend.calls.slice(from).filter((call) => /^(start|stop|pause|resume)Container/.test(call));
    seen.push([
      verb,
      await expectTruth(slipway, id, null),
      await containerState(id),
      ...calls.map((call) => call.split(' ')[0]),
    ]);
  }
  expect(seen).toEqual([
    ['stop', 'stopped', 'exited', 'stopContainer'],
    ['start', 'available', 'running', 'startContainer'],
    ['restart', 'available', 'running', 'stopContainer', 'startContainer'],
    ['pause', 'paused', 'paused', 'pauseContainer'],
    ['resume', 'available', 'running', 'resumeContainer'],
  ]);
});

test.each([
  { verb: 'stop', from: 'available', call: 'stopContainer' },
  { verb: 'start', from: 'stopped', call: 'startContainer' },
  { verb: 'restart', from: 'available', call: 'startContainer' },
  { verb: 'pause', from: 'available', call: 'pauseContainer' },
  { verb: 'resume', from: 'paused', call: 'resumeContainer' },
] as const)(
  '$verb that fails leaves the database $from, and says why (A12, A35, C08)',
  async ({ verb, from, call }) => {
    const id = await databaseThatIs(from);
    let times = 0;
    backend.intercept = {
      before: (came) => {
        if (came !== call || times++ > 0) return;
        throw new DatabaseError('invalid_container', `${call} was made to fail`);
      },
    };
    expect(await ask(id, verb)).toMatchObject({ state: 'failed', error: { code: 'invalid_container' } });
    expect(await expectTruth(slipway, id, null)).toBe(from);
    const events = await query<{ type: string }>(
      slipway.database.url,
      'SELECT type FROM events WHERE database_id = $1 ORDER BY sequence DESC LIMIT 1',
      [id],
    );
    expect(events).toEqual([{ type: 'operation.failed' }]);
  },
);

test('a start whose engine does not become ready is stopped again, and says why (A19, A20, A35)', async () => {
  const id = await databaseThatIs('stopped');
  readiness = async () => {
    throw new DatabaseError('not_ready', 'not ready within 1 s: ECONNREFUSED', { lastProbe: 'ECONNREFUSED' });
  };
  expect(await ask(id, 'start')).toMatchObject({
    state: 'failed',
    error: { code: 'not_ready', details: { lastProbe: 'ECONNREFUSED', logTail: expect.any(String) } },
  });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
  expect(await containerState(id)).toBe('exited');
});

test('a way back that fails too does not hide the first cause; the database is failed with both (A20)', async () => {
  const id = await databaseThatIs('stopped');
  readiness = async () => {
    throw new DatabaseError('not_ready', 'not ready within 1 s');
  };
  backend.intercept = failing('stopContainer');
  expect(await ask(id, 'start')).toMatchObject({
    state: 'failed',
    error: { code: 'not_ready', details: { wayBack: { code: 'invalid_container' } } },
  });
  expect((await slipway.api.send('GET', `/v1/databases/${id}`)).body.state).toBe('failed');
  backend.intercept = {};
  // The sweep goes on with the way back, and the database is as it was.
  await eventually(async () =>
    expect((await slipway.api.send('GET', `/v1/databases/${id}`)).body.state).toBe('stopped'),
  );
});

test('a start recreates a container that is missing, on its own volume, and warns of it (A08, A35)', async () => {
  const id = await databaseThatIs('stopped');
  const name = await removeContainer(id);
  const start = await ask(id, 'start');
  expect(start).toMatchObject({ state: 'succeeded', warnings: [missing(name)] });
  expect(start.steps.map(({ name: step }: any) => step)).toEqual(['ensureImage', 'ensureServer', 'awaitReady']);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('a stop that finds no container recreates it, stopped, and warns of it (A09, A35)', async () => {
  const id = await databaseThatIs('available');
  const name = await removeContainer(id);
  const stop = await ask(id, 'stop');
  expect(stop).toMatchObject({ state: 'succeeded', warnings: [missing(name)] });
  expect(stop.steps.map(({ name: step }: any) => step)).toEqual(['ensureImage', 'createServer']);
  expect(await containerState(id)).toBe('created');
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
});

test('a stop whose container disappears before it is stopped warns of it (A09)', async () => {
  const id = await databaseThatIs('available');
  let name = '';
  backend.intercept = {
    before: async (call) => {
      if (call === 'stopContainer') name = await removeContainer(id);
    },
  };
  const { state, warnings } = await ask(id, 'stop');
  const message = `container ${name} disappeared before it was stopped`;
  expect({ state, warnings }).toEqual({
    state: 'succeeded',
    warnings: [{ code: 'container_missing', message, details: { resource: name } }],
  });
});

test('a stop that finds its container warns of nothing', async () => {
  const id = await databaseThatIs('available');
  expect(await ask(id, 'stop')).toMatchObject({ state: 'succeeded', warnings: [] });
});

test.each([
  { verb: 'start', from: 'stopped' },
  { verb: 'stop', from: 'available' },
] as const)('a $verb whose volume is gone is volume_missing, and makes no empty one (A08, A09)', async (row) => {
  const id = await databaseThatIs(row.from);
  const name = await removeContainer(id);
  for (const object of await backend.list({ 'slipway.database': id })) {
    if (object.kind === 'volume') await backend.removeVolume(object.name, object.labels);
  }
  expect(await ask(id, row.verb)).toMatchObject({
    state: 'failed',
    error: { code: 'volume_missing' },
    warnings: [missing(name)],
  });
  expect((await slipway.api.send('GET', `/v1/databases/${id}`)).body).toMatchObject({
    state: 'failed',
    error: { code: 'volume_missing' },
  });
  expect((await backend.list({ 'slipway.database': id })).filter(({ kind }) => kind === 'volume')).toEqual([]);
});

test('two verbs at once: one is accepted, the other is 409 and names it (A10)', async () => {
  const id = await databaseThatIs('available');
  const answers = await Promise.all(
    ['stop', 'pause'].map((verb) => slipway.api.send('POST', `/v1/databases/${id}/${verb}`)),
  );
  const accepted = answers.find(({ status }) => status === 202);
  const refused = answers.find(({ status }) => status === 409);
  expect(refused?.body).toMatchObject({ code: 'operation_in_progress', operationId: accepted?.body.operation.id });
  await slipway.api.finished(accepted?.body.operation.id);
});
