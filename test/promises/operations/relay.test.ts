import { pino } from 'pino';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { currentContract } from '../../../domain/planning/contract';
import { noExporter, noPooler } from '../../../domain/spec';
import { relayOnce } from '../../../worker/operations/relay';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { accepted } from '../../support/test-store';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  // Whoever asks with many others waits for a connection for as long as it takes.
  const env = { SLIPWAY_STORE_CONNECT_TIMEOUT_MS: '60000' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  await slipway?.stop();
});

const request = { tenantId: 'default', requestedBy: 'admin', requestId: 'test' };
const input = (name: string) => ({
  name,
  version: '17',
  size: { nanoCpus: 500_000_000, memoryBytes: 256 * 1024 ** 2 },
  parameters: {},
  labels: {},
  description: '',
  deletionProtection: false,
  pooler: noPooler,
  exporter: noExporter,
});

/** Stops the worker, but leaves its record as if it had been killed: operations still begin under its build. */
async function loseWorker(): Promise<void> {
  const { store, environment } = slipway;
  const [build = ''] = await store.workers.liveBuilds();
  await slipway.stopWorker();
  const hostId = environment.SLIPWAY_HOST_ID ?? '';
  await store.workers.seen({ id: 'lost', hostId, build, release: 0, contract: currentContract });
}

test('what was accepted and never started is started by the relay', async () => {
  // As an API leaves it that dies after the commit.
  const { operation } = await slipway.store.operations.create(request, input('accepted-only'));
  expect(await slipway.api.finished(operation.id)).toMatchObject({ state: 'succeeded', requestedBy: 'admin' });
});

test('a pending operation is cancelled in the store alone, and a run that comes late does nothing', async () => {
  const { api, store, runs } = slipway;
  await loseWorker();
  const { operation, database } = await store.operations.create(request, input('never-begun'));
  await runs.start(operation);
  const cancelled = await api.send('POST', `/v1/operations/${operation.id}/cancel`);
  expect(cancelled.body.operation).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
  expect((await api.send('GET', `/v1/databases/${database.id}`)).status).toBe(404);
  const calls = backend.calls.length;
  await slipway.startWorker();
  await eventually(async () => expect((await runs.current(database.id)).state).toBe('completed'));
  expect(backend.calls.slice(calls).filter((call) => call.includes(database.id))).toEqual([]);
});

test('a run that is terminated before it begins ends its operation as aborted (C19)', async () => {
  const { api, store, runs } = slipway;
  await loseWorker();
  const { operation, database } = await store.operations.create(request, input('cut-off-early'));
  await runs.start(operation);
  await runs.terminate(operation, 'by a test');
  await slipway.startWorker();
  expect(await api.finished(operation.id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } });
  expect(await expectTruth(slipway, database.id, null)).toBe('failed');
});

test('a run that outlives its operation is ended, so that the next one can start', async () => {
  const { api, store, runs } = slipway;
  await loseWorker();
  const { operation, database } = await store.operations.create(request, input('outlived'));
  await runs.start(operation);
  // The record says that it has ended, and Temporal was not told.
  await store.operations.abort(operation, 'admin', 'aborted by admin');
  const change = { kind: 'delete', databaseId: database.id, input: {}, retryOf: null } as const;
  const { operation: removal } = await accepted(store.operations.change(request, change));
  await eventually(async () => {
    await relayOnce({ store, runs, logger: pino({ level: 'silent' }), graceMs: 0 });
    const run = await runs.current(database.id);
    expect(run).toMatchObject({ state: 'open', operationId: removal.id });
  });
  await slipway.startWorker();
  expect(await api.finished(removal.id)).toMatchObject({ state: 'succeeded' });
});

test('what Temporal has already, and no worker has come to, is not started again', async () => {
  const { api, store, runs } = slipway;
  await loseWorker();
  const { operation } = await store.operations.create(request, input('waits-for-a-worker'));
  const runId = await runs.start(operation);
  const started: string[] = [];
  const start: typeof runs.start = async ({ id }) => {
    started.push(id);
    return runId;
  };
  await relayOnce({ store, runs: { ...runs, start }, logger: pino({ level: 'silent' }), graceMs: 0 });
  expect(started).toEqual([]);
  await slipway.startWorker();
  expect(await api.finished(operation.id)).toMatchObject({ state: 'succeeded' });
});

test('starting twice is harmless: the operation runs once', async () => {
  const { store, runs, api } = slipway;
  const { operation, database } = await store.operations.create(request, input('twice'));
  const [first, second] = await Promise.all([runs.start(operation), runs.start(operation)]);
  expect(first).toBe(second);
  expect((await api.finished(operation.id)).state).toBe('succeeded');
  expect(backend.calls.filter((call) => call.startsWith('ensureContainer') && call.includes(database.id))).toHaveLength(
    1,
  );
});

test('20 creates at once: 20 databases', async () => {
  const { api } = slipway;
  const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
  const made = await Promise.all(
    names.map((name) => api.succeeded('POST', '/v1/databases', { name, version: '17', size: 'micro' })),
  );
  const ports = new Set<number>();
  for (const { database } of made) {
    const { body } = await api.send('GET', `/v1/databases/${database.id}`);
    expect(body.state).toBe('available');
    ports.add(body.instances[0].address.port);
    expect((await backend.list({ 'slipway.database': database.id })).length).toBe(3);
  }
  expect(ports.size).toBe(20);
});

test('a run cancelled in Temporal ends just the same', async () => {
  const { api, temporal } = slipway;
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'ensureVolume' ? gate.opened : undefined) };
  const { body } = await api.send('POST', '/v1/databases', { name: 'cancelled-outside', version: '17', size: 'micro' });
  await eventually(() =>
    expect(backend.calls.some((call) => call.startsWith('ensureVolume') && call.includes(body.database.id))).toBe(true),
  );
  await temporal.workflow.getHandle(body.operation.workflowId).cancel();
  gate.open();
  backend.intercept = {};
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
  expect(await expectTruth(slipway, body.database.id, null)).toBe('gone');
});
