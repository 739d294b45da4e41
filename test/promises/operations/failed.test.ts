import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { query } from '../../support/database';
import { createDrifting, type Drifting } from '../../support/drifting';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { acceptRepair } from '../../support/repair';
import { type Slipway, startSlipway } from '../../support/slipway';

// The ways out of `failed`.

const backend = createMemoryBackend();
let slipway: Slipway;
let drifting: Drifting;
beforeAll(async () => {
  const env = { SLIPWAY_OPERATION_DEADLINE_SECONDS: '15', SLIPWAY_WAY_BACK_DEADLINE_SECONDS: '3' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
  drifting = createDrifting(slipway, backend);
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

/** No container can be made until the intercept is removed. */
function withoutImage(): void {
  backend.intercept = {
    before: (call) => {
      if (call === 'ensureImage') throw new DatabaseError('image_not_found', 'made to fail');
    },
  };
}

/** Fails the repair of a database; returns the repair's id. */
async function failedRepair(databaseId: string): Promise<string> {
  await drifting.behindOurBack(databaseId, 'removeContainer');
  withoutImage();
  const { id } = await acceptRepair(slipway, databaseId);
  expect(await slipway.api.finished(id)).toMatchObject({ state: 'failed', error: { code: 'image_not_found' } });
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  return id;
}

test('a repair failed, a label was edited, its cause was mended: a retry makes the database available (M23)', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  const repair = await failedRepair(id);
  await api.succeeded('PATCH', `/v1/databases/${id}`, { labels: { incident: '42' } });
  backend.intercept = {};
  await api.succeeded('POST', `/v1/operations/${repair}/retry`);
  expect(await expectTruth(slipway, id, null)).toBe('available');
  expect(await drifting.read(id)).toMatchObject({ labels: { incident: '42' }, error: null });
});

test('the way back of an update failed, a delete was cancelled: with its host back, the database is available by itself (M24)', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  let isAway = false;
  backend.intercept = {
    before: (call) => {
      if (isAway) throw new DatabaseError('backend_unavailable', 'the host is away');
      isAway = call === 'stopContainer';
      if (isAway) throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const update = await api.send('PATCH', `/v1/databases/${id}`, { parameters: { max_connections: '50' } });
  expect(await api.finished(update.body.operation.id)).toMatchObject({
    state: 'failed',
    error: { code: 'invalid_container', details: { wayBack: { code: 'deadline_exceeded' } } },
  });
  // A recovery that came first waits for the host, until its deadline.
  const { body } = await eventually(async () => {
    const answer = await api.send('DELETE', `/v1/databases/${id}`);
    expect(answer.status).toBe(202);
    return answer;
  }, 60_000);
  const path = `/v1/operations/${body.operation.id}`;
  await eventually(async () => expect((await api.send('GET', path)).body.state).toBe('running'));
  expect((await api.send('POST', `${path}/cancel`)).status).toBe(202);
  expect(await api.finished(body.operation.id)).toMatchObject({ error: { code: 'cancelled' } });
  isAway = false;
  backend.intercept = {};
  await eventually(async () => expect((await drifting.read(id)).state).toBe('available'), 60_000);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('an old create that failed cannot be retried on a database with data, whose record stays as it is (M25)', async () => {
  const { api } = slipway;
  withoutImage();
  const first = await api.send('POST', '/v1/databases', { name: 'twice', version: '17', size: 'small' });
  const { id } = first.body.database;
  const create = first.body.operation.id;
  expect(await api.finished(create)).toMatchObject({ state: 'failed' });
  backend.intercept = {};
  await api.succeeded('POST', `/v1/operations/${create}/retry`);
  await api.succeeded('PATCH', `/v1/databases/${id}`, { parameters: { work_mem: '64MB' } });
  await api.succeeded('POST', `/v1/databases/${id}/rotate-credentials`);
  const repair = await failedRepair(id);
  backend.intercept = {};

  const before = await drifting.read(id);
  const answer = await api.send('POST', `/v1/operations/${create}/retry`);
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: 409,
    body: { code: 'not_retryable', currentState: 'failed', allowedActions: ['start', 'describe', 'recover', 'delete'] },
  });
  expect(await drifting.read(id)).toEqual(before);
  expect(before).toMatchObject({ parameters: { work_mem: '64MB' } });

  await api.succeeded('POST', `/v1/operations/${repair}/retry`);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test.each(['recover', 'start'] as const)(
  '%s brings a failed database with data to its record; without data it is refused (M27)',
  async (verb) => {
    const { api } = slipway;
    const id = await drifting.databaseThatIs('stopped');
    await drifting.behindOurBack(id, 'removeContainer');
    withoutImage();
    const start = await api.send('POST', `/v1/databases/${id}/start`);
    expect(await api.finished(start.body.operation.id)).toMatchObject({ state: 'failed' });
    backend.intercept = {};
    // Nothing is owed, as after the loss of the row: the data is enough.
    await query(slipway.database.url, "UPDATE databases SET state = 'failed' WHERE id = $1", [id]);
    await query(slipway.database.url, "UPDATE instances SET state = 'failed' WHERE database_id = $1", [id]);
    await api.succeeded('POST', `/v1/databases/${id}/${verb}`);
    const rest = verb === 'start' ? 'available' : 'stopped';
    expect(await drifting.read(id)).toMatchObject({ state: rest, owed: null });
    expect(await expectTruth(slipway, id, null)).toBe(rest);

    withoutImage();
    const create = await api.send('POST', '/v1/databases', { name: `never-${verb}`, version: '17', size: 'small' });
    expect(await api.finished(create.body.operation.id)).toMatchObject({ state: 'failed' });
    const answer = await api.send('POST', `/v1/databases/${create.body.database.id}/${verb}`);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'state_conflict', currentState: 'failed', allowedActions: ['describe', 'delete'] },
    });
  },
);
