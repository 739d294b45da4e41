import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { kinds } from '../../../domain/operations/kinds';
import { instanceVerbKinds, operations, pathOf, requestedKinds } from '../../../domain/operations/operations';
import { shownStates } from '../../../domain/states';
import { query } from '../../support/database';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { inputs } from '../../support/verbs';

const mebibyte = 1024 ** 2;
const backend = createMemoryBackend();
let refusal: DatabaseError | null = null;
let slipway: Slipway;
beforeAll(async () => {
  const configure = async () => {
    if (refusal !== null) throw refusal;
  };
  slipway = await startSlipway({ ports: memoryHost(backend, { configure }) });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  refusal = null;
});

let serial = 0;

async function newDatabase(more: object = {}): Promise<string> {
  const input = { name: `change-${++serial}`, version: '17', size: 'small', ...more };
  return (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
}

const read = async (id: string) => (await slipway.api.send('GET', `/v1/databases/${id}`)).body;

async function containerOf(id: string) {
  const objects = await backend.list({ 'slipway.database': id });
  return objects.flatMap((object) => (object.kind === 'container' ? [object] : []))[0];
}

/** The steps of an operation's plans, by name. */
const stepsOf = (operation: { steps: { name: string }[] }) => operation.steps.map(({ name }) => name);

async function changed(method: string, path: string, body?: object) {
  return (await slipway.api.succeeded(method, path, body)).operation;
}

describe('PATCH', () => {
  test('is a merge patch: what is absent stays, what is null goes (RFC 7396)', async () => {
    const id = await newDatabase({ labels: { team: 'a', tier: '1' }, parameters: { work_mem: '8MB', jit: true } });
    const patch = {
      parameters: { work_mem: null, jit: false },
      labels: { tier: null, zone: 'eu' },
      description: 'shop',
    };
    const operation = await changed('PATCH', `/v1/databases/${id}`, patch);
    expect(operation).toMatchObject({ kind: 'update', state: 'succeeded' });
    expect(await read(id)).toMatchObject({
      state: 'available',
      parameters: { jit: 'off' },
      labels: { team: 'a', zone: 'eu' },
      description: 'shop',
    });
    await changed('PATCH', `/v1/databases/${id}`, { parameters: null, labels: null, description: null });
    expect(await read(id)).toMatchObject({ parameters: {}, labels: {}, description: '' });
  });

  test('that changes nothing is 200 and starts nothing', async () => {
    const id = await newDatabase({ labels: { team: 'a' }, parameters: { work_mem: '8MB' } });
    const before = (await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items.length;
    for (const patch of [{}, { labels: { team: 'a' } }, { parameters: { work_mem: '8192kB' } }, { size: 'small' }]) {
      const { status, body } = await slipway.api.send('PATCH', `/v1/databases/${id}`, patch);
      expect({ patch, status, operation: body.operation, id: body.database.id }).toEqual({
        patch,
        status: 200,
        operation: null,
        id,
      });
    }
    const same = await slipway.api.send('POST', `/v1/databases/${id}/resize`, { size: 'small' });
    expect(same.status).toBe(200);
    expect((await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items).toHaveLength(before);
  });

  test.each([
    [{ size: 'huge' }, 'size'],
    [{ parameters: { fsync: 'off' } }, 'parameters.fsync'],
    [{ parameters: { fsync: null } }, 'parameters.fsync'],
    [{ parameters: { work_mem: 'much' } }, 'parameters.work_mem'],
    [{ labels: { 'Bad Key': 'x' } }, 'labels.Bad Key'],
    [{ name: 'other' }, 'name'],
    [{ version: '15' }, 'version'],
    [{ deletionProtection: 'yes' }, 'deletionProtection'],
  ])('%p is 400 and names the field', async (patch, field) => {
    const id = await newDatabase();
    const { status, body } = await slipway.api.send('PATCH', `/v1/databases/${id}`, patch);
    expect({ status, code: body.code, field: body.errors?.[0]?.field }).toEqual({
      status: 400,
      code: 'invalid_request',
      field,
    });
  });

  test('with too many labels in all is 400', async () => {
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`l${index}`, 'x']));
    const id = await newDatabase({ labels });
    const { status, body } = await slipway.api.send('PATCH', `/v1/databases/${id}`, { labels: { more: 'x' } });
    expect({ status, field: body.errors[0].field }).toEqual({ status: 400, field: 'labels' });
  });

  test('of what is kept for the owners touches nothing that runs, and comes in every state of rest', async () => {
    const id = await newDatabase();
    await slipway.api.succeeded('POST', `/v1/databases/${id}/pause`);
    const calls = backend.calls.length;
    const operation = await changed('PATCH', `/v1/databases/${id}`, { description: 'asleep' });
    expect(operation).toMatchObject({ kind: 'describe', steps: [] });
    expect(backend.calls.length).toBe(calls);
    expect(await read(id)).toMatchObject({ state: 'paused', description: 'asleep' });
  });

  test('of a failed database keeps the reason for which it failed', async () => {
    const id = await newDatabase({ deletionProtection: true });
    const error = '{"code": "not_ready", "message": "it never answered"}';
    await query(slipway.database.url, "UPDATE databases SET state = 'failed', error = $2 WHERE id = $1", [id, error]);
    await changed('PATCH', `/v1/databases/${id}`, { deletionProtection: false });
    expect(await read(id)).toMatchObject({
      state: 'failed',
      error: { code: 'not_ready' },
      deletionProtection: false,
    });
  });
});

describe('a dry run', () => {
  const dryRun = async (id: string, patch: object) => {
    const { status, body } = await slipway.api.send('PATCH', `/v1/databases/${id}?dryRun=true`, patch);
    expect(status).toBe(200);
    return body;
  };

  test('answers the plan, whether it restarts and for which settings, and changes nothing', async () => {
    const id = await newDatabase();
    const reloaded = await dryRun(id, { parameters: { work_mem: '8MB' } });
    expect(reloaded).toMatchObject({ restart: false, settings: ['work_mem'], settingsToRestart: [] });
    expect(reloaded.plan.flat().map(({ name }: any) => name)).toEqual(['configureServer', 'awaitReady']);
    const restarted = await dryRun(id, { parameters: { max_connections: 50 } });
    expect(restarted).toMatchObject({ restart: true, settingsToRestart: ['max_connections'] });
    expect(await dryRun(id, { size: 'large' })).toMatchObject({ restart: true });
    expect(await dryRun(id, { labels: { a: 'b' } })).toEqual({
      plan: [],
      restart: false,
      settings: [],
      settingsToRestart: [],
    });
    expect((await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items).toHaveLength(1);
    expect(await read(id)).toMatchObject({ parameters: {}, labels: {} });
  });

  test('while the host’s worker is away is 503', async () => {
    const id = await newDatabase();
    await slipway.stopWorker();
    const { status, body } = await slipway.api.send('PATCH', `/v1/databases/${id}?dryRun=true`, { size: 'large' });
    await slipway.startWorker();
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'backend_unavailable' });
  });
});

describe('resize', () => {
  test('of the processors alone is live (B23)', async () => {
    const id = await newDatabase({ size: { nanoCpus: 500_000_000, memoryBytes: 512 * mebibyte } });
    const before = await containerOf(id);
    const size = { nanoCpus: 750_000_000, memoryBytes: 512 * mebibyte };
    const operation = await changed('POST', `/v1/databases/${id}/resize`, { size });
    expect(stepsOf(operation)).toEqual(['updateServer', 'awaitReady']);
    expect(await containerOf(id)).toMatchObject({ id: before?.id, nanoCpus: 750_000_000 });
    expect(await read(id)).toMatchObject({ size, state: 'available' });
  });

  test('of the memory makes the container anew, on its own volume (B23)', async () => {
    const id = await newDatabase();
    const operation = await changed('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
    expect(stepsOf(operation)).toEqual(['ensureImage', 'stopServer', 'removeServer', 'ensureServer', 'awaitReady']);
    expect(await containerOf(id)).toMatchObject({ state: 'running', memoryBytes: 1024 * mebibyte });
    expect(await expectTruth(slipway, id, null)).toBe('available');
  });

  test('of what is stopped leaves it stopped (B23)', async () => {
    const id = await newDatabase();
    await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
    await changed('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
    expect(await containerOf(id)).toMatchObject({ state: 'created', memoryBytes: 1024 * mebibyte });
    expect(await expectTruth(slipway, id, null)).toBe('stopped');
  });

  test.each([
    [{}, 'size'],
    [{ size: { nanoCpus: 0, memoryBytes: 512 * mebibyte } }, 'size.nanoCpus'],
    [{ size: { nanoCpus: -1, memoryBytes: 512 * mebibyte } }, 'size.nanoCpus'],
    [{ size: { nanoCpus: 0.5, memoryBytes: 512 * mebibyte } }, 'size.nanoCpus'],
    [{ size: { nanoCpus: 500_000_000, memoryBytes: 1 } }, 'size.memoryBytes'],
  ])('to %p is 400 and names the field (B19)', async (body, field) => {
    const id = await newDatabase();
    const answer = await slipway.api.send('POST', `/v1/databases/${id}/resize`, body);
    expect({ status: answer.status, field: answer.body.errors[0].field }).toEqual({ status: 400, field });
  });

  test('that fails leaves the size as it was, and gives back what it had asked for (B23)', async () => {
    const id = await newDatabase();
    let made = 0;
    backend.intercept = {
      before: (call) => {
        if (call === 'startContainer' && made++ === 0) throw new DatabaseError('invalid_container', 'made to fail');
      },
    };
    const { body } = await slipway.api.send('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
    const operation = await slipway.api.finished(body.operation.id);
    expect(operation).toMatchObject({ state: 'failed', error: { code: 'invalid_container' } });
    expect(await containerOf(id)).toMatchObject({ state: 'running', memoryBytes: 512 * mebibyte });
    expect(await read(id)).toMatchObject({ state: 'available', size: { memoryBytes: 512 * mebibyte } });
  });
});

describe('parameters', () => {
  test('that the engine refuses leave the old configuration in force, and its words are the reason', async () => {
    const id = await newDatabase({ parameters: { work_mem: '8MB' } });
    refusal = new DatabaseError('settings_refused', 'the engine refuses: invalid value for parameter "work_mem"');
    const { body } = await slipway.api.send('PATCH', `/v1/databases/${id}`, { parameters: { work_mem: '9MB' } });
    const operation = await slipway.api.finished(body.operation.id);
    expect(operation).toMatchObject({
      state: 'failed',
      error: { code: 'settings_refused', message: expect.stringContaining('invalid value for parameter "work_mem"') },
    });
    // It had kept what it had, so that the way back restarts nothing.
    expect(stepsOf(operation)).toEqual(['configureServer', 'awaitReady', 'awaitReady']);
    expect(await read(id)).toMatchObject({ state: 'available', parameters: { work_mem: '8MB' } });
  });
});

describe('deletion protection', () => {
  test('refuses a delete until it is taken away', async () => {
    const id = await newDatabase({ deletionProtection: true });
    const refused = await slipway.api.send('DELETE', `/v1/databases/${id}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'deletion_protected', currentState: 'available' } });
    expect(refused.body.allowedActions).not.toContain('delete');
    expect(await expectTruth(slipway, id, null)).toBe('available');
    await changed('PATCH', `/v1/databases/${id}`, { deletionProtection: false });
    await slipway.api.succeeded('DELETE', `/v1/databases/${id}`);
    expect(await expectTruth(slipway, id, null)).toBe('gone');
  });
});

describe('instances', () => {
  test('are listed and read', async () => {
    const id = await newDatabase();
    const { body } = await slipway.api.send('GET', `/v1/instances?databaseId=${id}`);
    expect(body.items).toMatchObject([{ id: `${id}-primary`, databaseId: id, role: 'primary', state: 'available' }]);
    const one = await slipway.api.send('GET', `/v1/instances/${id}-primary`);
    expect(one.body).toEqual(body.items[0]);
    expect((await slipway.api.send('GET', '/v1/instances/aaaaaaaaaaaa-primary')).status).toBe(404);
    expect((await slipway.api.send('GET', '/v1/instances/nonsense')).body.errors[0].field).toBe('id');
  });

  test('are listed in pages', async () => {
    await newDatabase();
    await newDatabase();
    const first = (await slipway.api.send('GET', '/v1/instances?pageSize=1')).body;
    const second = (await slipway.api.send('GET', `/v1/instances?pageSize=1&pageToken=${first.nextPageToken}`)).body;
    expect(second.items).toHaveLength(1);
    expect(second.items[0].id).not.toBe(first.items[0].id);
  });

  test('pause, resume and resize (B01)', async () => {
    const id = await newDatabase();
    const path = `/v1/instances/${id}-primary`;
    expect(await changed('POST', `${path}/pause`)).toMatchObject({ kind: 'pause', databaseId: id });
    expect(await containerOf(id)).toMatchObject({ state: 'paused' });
    const refused = await slipway.api.send('POST', `${path}/pause`);
    expect(refused).toMatchObject({ status: 409, body: { currentState: 'paused' } });
    await changed('POST', `${path}/resume`);
    await changed('POST', `${path}/resize`, { size: 'medium' });
    expect(await containerOf(id)).toMatchObject({ state: 'running', memoryBytes: 1024 * mebibyte });
  });

  test.each(instanceVerbKinds)('a standby refuses %s alone, and says what to do (A07, A35)', async (kind) => {
    const id = await newDatabase();
    await query(
      slipway.database.url,
      `INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, host_port, created_at, updated_at)
       SELECT $1 || '-standby', database_id, tenant_id, host_id, 'standby', 'standby', state, 1024 + $2::int, now(), now()
       FROM instances WHERE database_id = $1`,
      [id, serial],
    );
    const answer = await slipway.api.send('POST', `/v1/instances/${id}-standby/${kind}`, inputs[kind]?.());
    expect(answer).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    if (kind === 'stop') expect(answer.body.detail).toMatch(/promote or remove it instead/);
    expect((await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items).toHaveLength(1);
    await query(slipway.database.url, 'DELETE FROM instances WHERE id = $1', [`${id}-standby`]);
  });
});

const asked = requestedKinds.filter((kind) => kind !== 'create');

async function ask(kind: (typeof asked)[number], id: string) {
  return slipway.api.send(operations[kind].route.method.toUpperCase(), pathOf(kind, id), inputs[kind]?.());
}

async function setState(id: string, state: string): Promise<void> {
  await query(slipway.database.url, 'UPDATE databases SET state = $2 WHERE id = $1', [id, state]);
}

const fromShown = asked.flatMap((kind) =>
  shownStates.filter((state) => kinds[kind].from.includes(state)).map((state) => ({ kind, state })),
);

test.each(fromShown)('$kind while $state is accepted, as the table says (A05, A06, B02)', async ({ kind, state }) => {
  const id = await newDatabase();
  await setState(id, state);
  const { status, body } = await ask(kind, id);
  expect(status).toBe(202);
  await slipway.api.finished(body.operation.id);
});

test.each(asked)(
  '%s in any other state is 409 with the state and what is allowed, and touches nothing (A05, A06, A35, A36, B02, C07)',
  async (kind) => {
    const id = await newDatabase();
    const calls = backend.calls.length;
    for (const state of shownStates.filter((one) => !kinds[kind].from.includes(one))) {
      await setState(id, state);
      const { status, body } = await ask(kind, id);
      expect({ status, code: body.code, currentState: body.currentState }).toEqual({
        status: 409,
        code: 'state_conflict',
        currentState: state,
      });
      const allowed = requestedKinds.filter((other) => kinds[other].from.includes(state));
      expect(body.allowedActions).toEqual(allowed);
    }
    expect(backend.calls.length).toBe(calls);
    expect((await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items).toHaveLength(1);
  },
);
