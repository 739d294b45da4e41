import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import { newGate } from '../../support/gate';
import { type Slipway, startSlipway } from '../../support/slipway';

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
afterEach(() => {
  backend.intercept = {};
});

const input = (name: string, more: object = {}) => ({ name, version: '17', size: 'small', ...more });

test('a create is 202 with where to look, and then the database is what was asked for', async () => {
  const { api } = slipway;
  const asked = { labels: { team: 'sales' }, description: 'of the shop', parameters: { work_mem: '8MB', jit: false } };
  const accepted = await api.send('POST', '/v1/databases', input('shop', asked));
  expect(accepted.status).toBe(202);
  const { operation, database } = accepted.body;
  expect(accepted.headers.get('location')).toBe(`/v1/operations/${operation.id}`);
  expect(operation).toMatchObject({
    kind: 'create',
    databaseId: database.id,
    databaseName: 'shop',
    workflowId: `database-${database.id}`,
    runId: expect.any(String),
    temporalUrl: expect.stringContaining(`/workflows/database-${database.id}/`),
    requestedBy: 'key:admin',
    retryOf: null,
  });
  const finished = await api.finished(operation.id);
  expect(finished).toMatchObject({ state: 'succeeded', done: true, error: null, warnings: [] });
  expect(finished.steps.map(({ name, state, attempts, phase }: any) => ({ name, state, attempts, phase }))).toEqual([
    { name: 'ensureImage', state: 'succeeded', attempts: 1, phase: 1 },
    { name: 'ensureNetwork', state: 'succeeded', attempts: 1, phase: 2 },
    { name: 'ensureVolume', state: 'succeeded', attempts: 1, phase: 2 },
    { name: 'ensureServer', state: 'succeeded', attempts: 1, phase: 3 },
    { name: 'ensureLogins', state: 'succeeded', attempts: 1, phase: 4 },
    { name: 'awaitReady', state: 'succeeded', attempts: 1, phase: 5 },
    { name: 'markUsed', state: 'succeeded', attempts: 1, phase: 6 },
  ]);
  const read = await api.send('GET', `/v1/databases/${database.id}`);
  expect(read.body).toMatchObject({
    name: 'shop',
    state: 'available',
    version: '17',
    labels: { team: 'sales' },
    description: 'of the shop',
    parameters: { work_mem: '8MB', jit: 'off' },
    error: null,
    instances: [{ role: 'primary', state: 'available', status: 'unknown', observedAt: null }],
  });
});

test('an instance with no status is read without error, and an old one says nothing (C11)', async () => {
  const { api, database: store } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', input('observed'));
  const statusOf = async () => (await api.send('GET', `/v1/databases/${database.id}`)).body.instances[0].status;
  expect(await statusOf()).toBe('unknown');
  const insert = `INSERT INTO observed_statuses VALUES ('${database.id}-primary', 'default', 'healthy', 60, now())`;
  await query(store.url, insert);
  expect(await statusOf()).toBe('healthy');
  await query(store.url, `UPDATE observed_statuses SET observed_at = now() - interval '121 seconds'`);
  expect(await statusOf()).toBe('unknown');
});

test('a name is used once: the second create is 409 with the other database', async () => {
  const { api } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', input('single'));
  const second = await api.send('POST', '/v1/databases', input('single'));
  expect(second.status).toBe(409);
  expect(second.body).toMatchObject({ code: 'name_in_use', databaseId: database.id });
});

test('100 requests at once with one name: one is accepted, the others are 409 (A10)', async () => {
  const { api } = slipway;
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => api.send('POST', '/v1/databases', input('crowded'))),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(99);
  const accepted = answers.find(({ status }) => status === 202);
  await api.finished(accepted?.body.operation.id);
});

test('two deletes at once: one is accepted, the other is 409 and names it (A10, C07)', async () => {
  const { api } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', input('contested'));
  const answers = await Promise.all([1, 2, 3].map(() => api.send('DELETE', `/v1/databases/${database.id}`)));
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted).toHaveLength(1);
  for (const { status, body } of answers.filter((answer) => answer.status !== 202)) {
    expect({ status, code: body.code, operationId: body.operationId, allowedActions: body.allowedActions }).toEqual({
      status: 409,
      code: 'operation_in_progress',
      operationId: accepted[0]?.body.operation.id,
      allowedActions: [],
    });
  }
  await api.finished(accepted[0]?.body.operation.id);
});

test('lists come in pages, newest first, filtered by name, state and label', async () => {
  const { api } = slipway;
  const label = { labels: { list: 'yes' } };
  for (const name of ['list-a', 'list-b', 'list-c']) await api.succeeded('POST', '/v1/databases', input(name, label));
  const names: string[] = [];
  let path = '/v1/databases?pageSize=2&label=list=yes&state=available';
  for (let pages = 0; pages < 2; pages += 1) {
    const { status, body } = await api.send('GET', path);
    expect(status).toBe(200);
    names.push(...body.items.map(({ name }: { name: string }) => name));
    path = `/v1/databases?pageSize=2&label=list=yes&state=available&pageToken=${body.nextPageToken}`;
    if (pages === 1) expect(body.nextPageToken).toBeNull();
  }
  expect(names).toEqual(['list-c', 'list-b', 'list-a']);
  expect((await api.send('GET', '/v1/databases?name=list-b')).body.items).toHaveLength(1);
  expect((await api.send('GET', '/v1/databases?label=list=no')).body.items).toEqual([]);
  const operations = await api.send('GET', '/v1/operations?kind=create&state=succeeded&pageSize=200');
  expect(operations.body.items.length).toBeGreaterThanOrEqual(3);
});

test('reading a connection is audited, and refused before the database was ready', async () => {
  const { api, database: store } = slipway;
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'startContainer' ? gate.opened : undefined) };
  const accepted = await api.send('POST', '/v1/databases', input('connected'));
  const { id } = accepted.body.database;
  const early = await api.send('GET', `/v1/databases/${id}/connection`);
  expect({ status: early.status, code: early.body.code }).toEqual({ status: 409, code: 'state_conflict' });
  gate.open();
  await api.finished(accepted.body.operation.id);
  const { body } = await api.send('GET', `/v1/databases/${id}/connection`);
  expect(Object.keys(body).sort()).toEqual(['database', 'host', 'password', 'pooledUrl', 'port', 'url', 'user']);
  expect(body.password.length).toBeGreaterThanOrEqual(40);
  const audit = await query(
    store.url,
    `SELECT actor, outcome FROM audit_entries
     WHERE action = 'database.connect' AND resource_id = $1 AND outcome <> 'refused'`,
    [id],
  );
  expect(audit).toEqual([{ actor: 'key:admin', outcome: 'succeeded' }]);
});

test('success writes an event and an audit entry with actor, id and name (A27)', async () => {
  const { api, database: store } = slipway;
  const { operation, database } = await api.succeeded('POST', '/v1/databases', input('audited'));
  const audit = await query(
    store.url,
    'SELECT actor, action, resource_id, resource_name, outcome FROM audit_entries WHERE operation_id = $1 ORDER BY id',
    [operation.id],
  );
  const entry = { actor: 'key:admin', action: 'database.create', resource_id: database.id, resource_name: 'audited' };
  expect(audit).toEqual([
    { ...entry, outcome: 'accepted' },
    { ...entry, outcome: 'succeeded' },
  ]);
  const events = await query(store.url, 'SELECT type FROM events WHERE operation_id = $1 ORDER BY sequence', [
    operation.id,
  ]);
  expect(events).toEqual([{ type: 'operation.accepted' }, { type: 'operation.succeeded' }]);
});

test('sizes are listed, each figure with its unit in its name (B18)', async () => {
  const { status, body } = await slipway.api.send('GET', '/v1/sizes');
  expect(status).toBe(200);
  expect(body.items).toContainEqual({ name: 'small', nanoCpus: 500_000_000, memoryBytes: 536_870_912 });
});
