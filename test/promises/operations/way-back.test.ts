import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { labelsOf, ownershipOf } from '../../../domain/names';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let notReady = false;
let atReady: () => Promise<unknown> = async () => undefined;
let slipway: Slipway;
beforeAll(async () => {
  const awaitReady = async (): Promise<void> => {
    await atReady();
    if (notReady)
      throw new DatabaseError('not_ready', 'the engine did not become ready within 1 s: ECONNREFUSED', {
        lastProbe: 'ECONNREFUSED',
      });
  };
  const env = {
    // One test waits until it is over; every other way back ends within it, however busy the machine is.
    SLIPWAY_WAY_BACK_DEADLINE_SECONDS: '10',
    SLIPWAY_SWEEP_INTERVAL_MS: '200',
    SLIPWAY_HEARTBEAT_TIMEOUT_MS: '1000',
  };
  slipway = await startSlipway({ ports: memoryHost(backend, { awaitReady }), env });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  notReady = false;
  atReady = async () => undefined;
});

const input = (name: string) => ({ name, version: '17', size: 'small' });

async function accept(name: string): Promise<{ operationId: string; databaseId: string }> {
  const { body } = await slipway.api.send('POST', '/v1/databases', input(name));
  return { operationId: body.operation.id, databaseId: body.database.id };
}

/** Throws when this call comes, so many times. */
function failing(
  call: string,
  code: 'backend_error' | 'backend_unavailable' | 'image_not_found',
  times = Number.POSITIVE_INFINITY,
) {
  let left = times;
  return {
    before: (came: string) => {
      if (came !== call || left <= 0) return;
      left -= 1;
      throw new DatabaseError(code, `${call} was made to fail`);
    },
  };
}

test('a create that finds somebody else’s object under its name says whose it is, and leaves it there', async () => {
  const foreign = labelsOf({ installation: 'somebody-else', tenantId: 'theirs', databaseId: 'their-database' });
  let taken = '';
  backend.intercept = {
    before: async (call, name) => {
      if (call !== 'ensureVolume' || taken !== '') return;
      taken = name;
      await backend.ensureVolume({ name, labels: foreign });
    },
  };
  const { operationId, databaseId } = await accept('taken');
  const operation = await slipway.api.finished(operationId);
  expect(operation).toMatchObject({
    state: 'failed',
    error: {
      code: 'name_taken',
      message: expect.stringContaining(`volume ${taken} exists and is owned by something else`),
      details: { labels: ownershipOf(foreign) },
    },
  });
  await untilAtRest(slipway, databaseId);
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  expect(await backend.list(foreign)).toMatchObject([{ kind: 'volume', name: taken }]);
  await backend.removeVolume(taken, foreign);
});

test('a create that fails takes away what it made, says why, and can be tried again (C04, C05, C08, C17)', async () => {
  const { api } = slipway;
  backend.intercept = failing('ensureContainer', 'image_not_found');
  const { operationId, databaseId } = await accept('fails');
  const failed = await api.finished(operationId);
  expect(failed).toMatchObject({
    state: 'failed',
    error: { code: 'image_not_found', message: 'ensureContainer was made to fail' },
  });
  expect(failed.steps.filter(({ plan }: any) => plan === 2).map(({ name, state }: any) => `${name} ${state}`)).toEqual([
    'removeNetwork succeeded',
    'removeVolume succeeded',
  ]);
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  const { body } = await api.send('GET', `/v1/databases/${databaseId}`);
  expect(body).toMatchObject({
    state: 'failed',
    error: { code: 'image_not_found' },
    instances: [{ state: 'failed', error: { code: 'image_not_found' } }],
  });

  backend.intercept = {};
  const retried = await api.send('POST', `/v1/operations/${operationId}/retry`);
  expect(retried.status).toBe(202);
  const again = await api.finished(retried.body.operation.id);
  expect(again).toMatchObject({ state: 'succeeded', kind: 'create', retryOf: operationId });
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).body).toMatchObject({
    state: 'available',
    error: null,
  });
});

test('an engine that does not become ready fails the create with its last probe; no success is recorded (A18, A19, A20, A27)', async () => {
  notReady = true;
  const { operationId, databaseId } = await accept('unready');
  const failed = await slipway.api.finished(operationId);
  expect(failed).toMatchObject({
    state: 'failed',
    error: { code: 'not_ready', details: { lastProbe: 'ECONNREFUSED', logTail: expect.any(String) } },
  });
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  const events = await query(
    slipway.database.url,
    'SELECT type FROM events WHERE operation_id = $1 ORDER BY sequence',
    [operationId],
  );
  expect(events).toEqual([{ type: 'operation.accepted' }, { type: 'operation.failed' }]);
});

test('a host that is away for a while delays a step, which shows its attempts', async () => {
  backend.intercept = failing('ensureVolume', 'backend_unavailable', 7);
  const { operationId } = await accept('patient');
  const finished = await slipway.api.finished(operationId);
  expect(finished.state).toBe('succeeded');
  expect(finished.steps.find(({ name }: any) => name === 'ensureVolume')).toMatchObject({
    attempts: 8,
    state: 'succeeded',
    error: null,
  });
});

test('an error that may be ours is tried a few times and no more', async () => {
  backend.intercept = failing('startContainer', 'backend_error');
  const { operationId } = await accept('bounded');
  const failed = await slipway.api.finished(operationId);
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'backend_error' } });
  expect(failed.steps.find(({ name }: any) => name === 'ensureServer')).toMatchObject({ attempts: 5, state: 'failed' });
});

test('a way back that fails says both causes, and is tried again until nothing is left (C05, C15)', async () => {
  const { api } = slipway;
  backend.intercept = {
    before: (call) => {
      if (call === 'startContainer') throw new DatabaseError('invalid_container', 'the container is no good');
      if (call === 'removeVolume') throw new DatabaseError('backend_unavailable', 'the host is away');
    },
  };
  const { operationId, databaseId } = await accept('stubborn');
  const failed = await api.finished(operationId);
  expect(failed).toMatchObject({
    state: 'failed',
    error: { code: 'invalid_container', details: { wayBack: { code: 'deadline_exceeded' } } },
  });
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).body.state).toBe('failed');
  backend.intercept = {};
  await eventually(async () => {
    expect(await backend.list({ 'slipway.database': databaseId })).toEqual([]);
  });
  await untilAtRest(slipway, databaseId);
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
});

test('the planned state is written before the first change on the host, and readers see it (C02, C03)', async () => {
  const { api } = slipway;
  const seen: unknown[] = [];
  let databaseId = '';
  /** Reads the database over the API while the first change of an operation waits for it to do so. */
  async function whileFirstChangeWaits(request: () => Promise<any>): Promise<void> {
    let isFirst = true;
    const accepted = newGate();
    backend.intercept = {
      before: async (call) => {
        if (!isFirst || !/^(ensure|remove|create|start|stop|update|put)/.test(call)) return;
        isFirst = false;
        await accepted.opened;
        const { body } = await api.send('GET', `/v1/databases/${databaseId}`);
        seen.push({ call, state: body.state, instances: body.instances.map(({ state }: any) => state) });
      },
    };
    const { body } = await request();
    databaseId = body.database.id;
    accepted.open();
    expect(await api.finished(body.operation.id)).toMatchObject({ state: 'succeeded' });
  }

  await whileFirstChangeWaits(() => api.send('POST', '/v1/databases', input('marked')));
  await whileFirstChangeWaits(() => api.send('POST', `/v1/databases/${databaseId}/stop`));
  await whileFirstChangeWaits(() => api.send('DELETE', `/v1/databases/${databaseId}`));
  expect(seen).toEqual([
    { call: 'ensureImage', state: 'creating', instances: ['creating'] },
    { call: 'stopContainer', state: 'modifying', instances: ['modifying'] },
    { call: 'removeContainer', state: 'deleting', instances: ['deleting'] },
  ]);
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).status).toBe(404);
});

test('steps that run together and both fail: the operation has both errors (C17)', async () => {
  const both = newGate();
  let arrivals = 0;
  backend.intercept = {
    before: async (call) => {
      if (call !== 'ensureNetwork' && call !== 'ensureVolume') return;
      arrivals += 1;
      if (arrivals === 2) both.open();
      await both.opened;
      throw new DatabaseError('invalid_container', `${call} was made to fail`);
    },
  };
  const { operationId } = await accept('both');
  const { error } = await slipway.api.finished(operationId);
  expect(error.details.others).toHaveLength(1);
  const [other] = error.details.others;
  expect([error.message, other.message].sort()).toEqual([
    'ensureNetwork was made to fail',
    'ensureVolume was made to fail',
  ]);
  expect(other.code).toBe('invalid_container');
});

test('an unsupported call ends the operation with not_supported, and fakes nothing (B14, B15)', async () => {
  backend.unsupported.add('ensureNetwork');
  try {
    const { operationId, databaseId } = await accept('unable');
    const failed = await slipway.api.finished(operationId);
    expect(failed.error.code).toBe('not_supported');
    expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  } finally {
    backend.unsupported.clear();
  }
});

test('a failed delete leaves `failed` with the reason, and asking again carries on (C04)', async () => {
  const { api } = slipway;
  const { operationId, databaseId } = await accept('undeletable');
  await api.finished(operationId);
  backend.intercept = failing('removeNetwork', 'backend_error');
  const { body } = await api.send('DELETE', `/v1/databases/${databaseId}`);
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'failed', error: { code: 'backend_error' } });
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).body).toMatchObject({
    state: 'failed',
    error: { code: 'backend_error' },
  });
  backend.intercept = {};
  await api.succeeded('DELETE', `/v1/databases/${databaseId}`);
  expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
});

test.each([
  { told: 'over the API', cancel: (id: string) => slipway.api.send('POST', `/v1/operations/${id}/cancel`) },
  // The record alone, as when Temporal cannot be told in time: what was accepted holds all the same.
  { told: 'and Temporal not told', cancel: (id: string) => slipway.store.operations.cancel('default', id, 'admin') },
])('a create cancelled at its very last step, $told, is cancelled (C15)', async ({ told, cancel }) => {
  let id = '';
  atReady = () => cancel(id);
  backend.intercept = {
    before: async (call) => void (call === 'ensureVolume' && (await eventually(() => expect(id).not.toBe('')))),
  };
  const { operationId, databaseId } = await accept(`at-last-${told.length}`);
  id = operationId;
  expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
  expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
});

test('an abort ends the run at once and clears what it left (C19)', async () => {
  const { api } = slipway;
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'startContainer' ? gate.opened : undefined) };
  const { operationId, databaseId } = await accept('aborted');
  await eventually(() => expect(backend.calls.at(-1)).toMatch(new RegExp(`^startContainer .*${databaseId}`)));
  const aborted = await api.send('POST', `/v1/operations/${operationId}/abort`);
  expect(aborted.status).toBe(202);
  expect(aborted.body.operation).toMatchObject({
    state: 'failed',
    error: { code: 'aborted', message: 'aborted by key:admin' },
  });
  gate.open();
  await untilAtRest(slipway, databaseId);
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  const { items } = (await api.send('GET', `/v1/operations?databaseId=${databaseId}`)).body;
  expect(items.map(({ kind, state, retryOf, requestedBy }: any) => ({ kind, state, retryOf, requestedBy }))).toEqual([
    { kind: 'recover', state: 'succeeded', retryOf: operationId, requestedBy: 'key:admin' },
    { kind: 'create', state: 'failed', retryOf: null, requestedBy: 'key:admin' },
  ]);
});

test.each(['cancel', 'retry', 'abort'])(
  '%s of an operation that has succeeded is 409 with the reason',
  async (verb) => {
    const { api } = slipway;
    const { operationId } = await accept(`finished-${verb}`);
    await api.finished(operationId);
    const answer = await api.send('POST', `/v1/operations/${operationId}/${verb}`);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe(verb === 'retry' ? 'not_retryable' : 'already_finished');
  },
);
