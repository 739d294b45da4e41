import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { query } from '../../support/database';
import { type Change, createDrifting, type Drifting, type Rest } from '../../support/drifting';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
/** Why poolers do not come to serve, for a while. */
let poolerFailure: DatabaseError | null = null;
const sidecars = {
  async ensurePoolerReady() {
    if (poolerFailure !== null) throw poolerFailure;
  },
};
let slipway: Slipway;
let drifting: Drifting;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend, {}, sidecars),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' },
  });
  drifting = createDrifting(slipway, backend);
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  poolerFailure = null;
});

test('a sidecar that runs and could not be told what it serves by is told again (A14)', async () => {
  poolerFailure = new DatabaseError('not_ready', 'made to fail');
  const input = { name: 'degraded', version: '17', size: 'small', pooler: { enabled: true } };
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', input)).database;
  expect(await drifting.read(id)).toMatchObject({ state: 'available', degraded: true });
  poolerFailure = null;
  await eventually(async () => {
    const { state, degraded, instances } = await drifting.read(id);
    expect({ state, degraded }).toEqual({ state: 'available', degraded: false });
    expect(instances[0].sidecars).toMatchObject([{ role: 'pooler', error: null }]);
  });
  const [repair] = await drifting.repairsOf(id);
  expect(repair).toMatchObject({ state: 'succeeded', requestedBy: 'reconciler' });
});

test.each<{ state: Rest; changes: Change[]; reason: RegExp; steps: string[] }>([
  { state: 'available', changes: ['removeContainer'], reason: /is missing/, steps: ['ensureServer', 'awaitReady'] },
  {
    state: 'available',
    changes: ['stopContainer'],
    reason: /exited with code 0/,
    steps: ['ensureServer', 'awaitReady'],
  },
  { state: 'available', changes: ['pauseContainer'], reason: /is paused/, steps: ['resumeServer', 'awaitReady'] },
  {
    state: 'available',
    changes: ['removeNetwork'],
    reason: /network .* is missing/,
    steps: ['stopServer', 'removeServer', 'ensureNetwork', 'ensureServer', 'awaitReady'],
  },
  {
    state: 'stopped',
    changes: ['startContainer'],
    reason: /runs although the database is stopped/,
    steps: ['stopServer'],
  },
  { state: 'stopped', changes: ['removeContainer'], reason: /is missing/, steps: ['createServer'] },
  {
    state: 'paused',
    changes: ['resumeContainer'],
    reason: /runs although the database is paused/,
    steps: ['pauseServer'],
  },
  {
    state: 'paused',
    changes: ['stopContainer'],
    reason: /exited with code 0/,
    steps: ['ensureServer', 'awaitReady', 'pauseServer'],
  },
  {
    state: 'paused',
    changes: ['removeContainer', 'removeNetwork'],
    reason: /network .* is missing/,
    steps: ['ensureNetwork', 'ensureServer', 'awaitReady', 'pauseServer'],
  },
])(
  '$changes behind our back, of what is $state, is repaired by an operation',
  async ({ state, changes, reason, steps }) => {
    const id = await drifting.databaseThatIs(state);
    await drifting.behindOurBack(id, ...changes);
    const repair = await drifting.repaired(id);
    expect(repair).toMatchObject({ kind: 'repair', state: 'succeeded', requestedBy: 'reconciler', error: null });
    const [row] = await query<{ input: { reasons: string[] } }>(
      slipway.database.url,
      'SELECT input FROM operations WHERE id = $1',
      [repair.id],
    );
    expect(row?.input.reasons[0]).toMatch(reason);
    const { body } = await slipway.api.send('GET', `/v1/operations/${repair.id}`);
    expect(body.steps.map(({ name }: { name: string }) => name)).toEqual(steps);
    expect(await expectTruth(slipway, id, null)).toBe(state);
    await drifting.nextPass();
    expect(await drifting.repairsOf(id)).toHaveLength(1);
  },
);

test('what is as the record says is left alone, a paused database too (B04)', async () => {
  const ids = await Promise.all((['available', 'stopped', 'paused'] as const).map(drifting.databaseThatIs));
  await drifting.nextPass();
  await drifting.nextPass();
  for (const id of ids) expect(await drifting.repairsOf(id)).toEqual([]);
});

test('a volume that is gone is volume_missing: the database is failed, and no empty one takes its place (A08)', async () => {
  const id = await drifting.databaseThatIs('available');
  await drifting.behindOurBack(id, 'removeContainer', 'removeVolume');
  expect(await drifting.repaired(id)).toMatchObject({ state: 'failed', error: { code: 'volume_missing' } });
  expect(await drifting.read(id)).toMatchObject({ state: 'failed', error: { code: 'volume_missing' } });
  expect((await backend.list({ 'slipway.database': id })).filter(({ kind }) => kind === 'volume')).toEqual([]);
  await drifting.nextPass();
  expect(await drifting.repairsOf(id)).toHaveLength(1);
});

test('a repair cannot be cancelled; one that failed is tried again when somebody asks, and leads to what was before', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('stopped');
  const gate = newGate();
  backend.intercept = {
    before: async (call) => {
      if (call !== 'ensureContainer') return;
      await gate.opened;
      throw new DatabaseError('image_not_found', 'made to fail');
    },
  };
  await drifting.behindOurBack(id, 'removeContainer');
  const { id: operationId } = await drifting.repairing(id);
  expect((await api.send('POST', `/v1/operations/${operationId}/cancel`)).body.code).toBe('not_cancellable');
  gate.open();
  expect(await api.finished(operationId)).toMatchObject({ state: 'failed', error: { code: 'image_not_found' } });
  expect(await drifting.read(id)).toMatchObject({ state: 'failed', error: { code: 'image_not_found' } });
  backend.intercept = {};
  await drifting.nextPass();
  expect(await drifting.repairsOf(id)).toHaveLength(1);
  const { operation } = await api.succeeded('POST', `/v1/operations/${operationId}/retry`);
  expect(operation).toMatchObject({ kind: 'recover', retryOf: operationId, requestedBy: 'key:admin' });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
  expect((await api.send('POST', `/v1/operations/${operationId}/retry`)).body.code).toBe('state_conflict');
});

test('an aborted repair is carried on by a recovery, and the database is as it was (C19)', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'ensureContainer' ? gate.opened : undefined) };
  await drifting.behindOurBack(id, 'removeContainer');
  const { id: operationId } = await drifting.repairing(id);
  expect((await api.send('POST', `/v1/operations/${operationId}/abort`)).status).toBe(202);
  gate.open();
  await untilAtRest(slipway, id);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('five repairs in ten minutes, and then no more: failed, with the reason, the number and the log', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  for (let count = 1; count <= 5; count += 1) {
    await drifting.behindOurBack(id, 'stopContainer');
    expect(await drifting.repaired(id, count)).toMatchObject({ state: 'succeeded' });
  }
  await drifting.behindOurBack(id, 'stopContainer');
  const given = await drifting.repaired(id, 6);
  const error = { code: 'crash_looping', details: { repairs: 5, logTail: expect.any(String) } };
  expect(given).toMatchObject({ state: 'failed', runId: null, requestedBy: 'reconciler', error });
  expect(given.error.message).toMatch(
    /repaired 5 times in 10 minutes and failed again: container .* exited with code 0/,
  );
  expect(await drifting.read(id)).toMatchObject({ state: 'failed', error, instances: [{ state: 'failed', error }] });
  const sql = `SELECT type AS word FROM events WHERE operation_id = $1 UNION ALL SELECT outcome FROM audit_entries WHERE operation_id = $1`;
  const words = await query<{ word: string }>(slipway.database.url, sql, [given.id]);
  expect(words.map(({ word }) => word)).toEqual(['operation.accepted', 'operation.failed', 'accepted', 'failed']);
  await drifting.nextPass();
  expect(await drifting.repairsOf(id)).toHaveLength(6);
  // Somebody who asks for it begins a new count.
  await api.succeeded('POST', `/v1/operations/${given.id}/retry`);
  expect(await expectTruth(slipway, id, null)).toBe('available');
  await drifting.behindOurBack(id, 'stopContainer');
  expect(await drifting.repaired(id, 7)).toMatchObject({ state: 'succeeded' });
});

test('a database with an open operation is left to it', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  await drifting.instanceOnce(id, { status: 'healthy' });
  const gate = newGate();
  let isHeld = false;
  backend.intercept = {
    before: (call) => {
      if (call !== 'stopContainer') return undefined;
      isHeld = true;
      return gate.opened;
    },
  };
  const { body } = await api.send('POST', `/v1/databases/${id}/stop`);
  await eventually(() => expect(isHeld).toBe(true));
  await drifting.behindOurBack(id, 'removeNetwork');
  const { observedAt } = (await drifting.read(id)).instances[0];
  await drifting.nextPass();
  await drifting.nextPass();
  expect((await drifting.read(id)).instances[0].observedAt).toBe(observedAt);
  expect(await drifting.repairsOf(id)).toEqual([]);
  gate.open();
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'succeeded' });
  // And what it left is a drift of the database at rest.
  expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
});

test('a host that cannot be listed has no drift; once it can, what there is is repaired', async () => {
  const id = await drifting.databaseThatIs('available');
  await drifting.instanceOnce(id, { status: 'healthy' });
  let looks = 0;
  backend.intercept = {
    before: (call) => {
      if (call !== 'list') return;
      looks += 1;
      throw new DatabaseError('backend_unavailable', 'made to fail');
    },
  };
  const [container] = (
    await query<{ id: string }>(slipway.database.url, 'SELECT id FROM instances WHERE database_id = $1', [id])
  ).map(({ id: instanceId }) => `slipway-${slipway.installation}-${instanceId}`);
  await backend.removeContainer(container ?? '', drifting.labelsFor(id));
  await eventually(() => expect(looks).toBeGreaterThan(3));
  expect(await drifting.repairsOf(id)).toEqual([]);
  // It says nothing of the database any more: unknown, by age (C11).
  await drifting.instanceOnce(id, { status: 'unknown' });
  backend.intercept = {};
  expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
});
