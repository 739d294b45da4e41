import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { createMemoryBackend, type MemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { hostTaskQueue, workflowIdOf } from '../../domain/temporal-names';
import { composeActivities } from '../../worker/compose';
import { startWorker } from '../../worker/start';
import { query } from '../support/database';
import { createDrifting, type Drifting } from '../support/drifting';
import { eventually } from '../support/eventually';
import { expectTruth } from '../support/oracle';
import { type Slipway, startSlipway } from '../support/slipway';

// One host is lost with its worker; the worker of another one remains, which gets no database.

const lostBackend: MemoryBackend = createMemoryBackend();
let slipway: Slipway;
let drifting: Drifting;
let hostId: string;
let hostPath: string;
let remaining: { stop(): Promise<void> };
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(lostBackend),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' },
  });
  drifting = createDrifting(slipway, lostBackend);
  hostId = slipway.environment.SLIPWAY_HOST_ID ?? '';
  hostPath = `/v1/hosts/${hostId}`;
  await startRemainingWorker();
  await slipway.api.send('PATCH', '/v1/hosts/remaining', { cordoned: true });
});
afterAll(async () => {
  await remaining?.stop();
  await slipway?.stop();
});
afterEach(async () => {
  await slipway.api.send('POST', `${hostPath}/return`);
  await slipway.stopWorker();
  await slipway.startWorker();
});

async function startRemainingWorker(): Promise<void> {
  const { environment, store, runs } = slipway;
  const config = readWorkerConfig({ ...environment, SLIPWAY_HOST_ID: 'remaining' });
  const logger = pino({ level: 'silent' });
  const ports = memoryHost(createMemoryBackend({ engineId: 'remaining' }))(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  remaining = await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
}

/** Ends the worker of the host, and lets half a minute pass. */
async function loseWorker(): Promise<void> {
  await slipway.stopWorker();
  await query(slipway.database.url, "UPDATE hosts SET last_seen_at = now() - interval '31 s' WHERE id = $1", [hostId]);
}

async function loseHost(): Promise<void> {
  await loseWorker();
  expect(await slipway.api.send('POST', `${hostPath}/lost`)).toMatchObject({ status: 200, body: { state: 'lost' } });
}

const read = async (id: string) => (await slipway.api.send('GET', `/v1/databases/${id}`)).body;

test('a host cannot be declared lost while a worker of it is live (M42)', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  expect(await api.send('POST', `${hostPath}/lost`)).toMatchObject({ status: 409, body: { code: 'host_in_use' } });
  expect((await api.send('GET', hostPath)).body).toMatchObject({ state: 'ready', lostAt: null });
  expect(await read(id)).toMatchObject({ state: 'available', owed: null });
});

test('the databases of a lost host are failed, and its operations aborted; only a request leads out', async () => {
  const { api, temporal } = slipway;
  const [idle, busy] = [await drifting.databaseThatIs('available'), await drifting.databaseThatIs('available')];
  await loseWorker();
  const { operation } = (await api.send('POST', `/v1/databases/${busy}/restart`)).body;
  const path = `/v1/operations/${operation.id}`;
  await eventually(async () => expect((await api.send('GET', path)).body.state).toBe('running'));
  const stale = { 'if-match': '"another"' };
  expect(await api.send('POST', `${hostPath}/lost`, undefined, stale)).toMatchObject({ status: 412 });
  const lost = await api.send('POST', `${hostPath}/lost`);
  expect(lost).toMatchObject({ status: 200, body: { state: 'lost', lostAt: expect.any(String) } });

  expect(await api.finished(operation.id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } });
  const run = await temporal.workflow.getHandle(workflowIdOf(busy)).describe();
  expect(run.status.name).toBe('TERMINATED');
  for (const id of [idle, busy])
    expect(await read(id)).toMatchObject({
      state: 'failed',
      error: { code: 'host_lost' },
      owed: { cause: 'host_lost', leadsTo: 'available', nextTryAt: null },
      instances: [{ state: 'failed' }],
    });
  for (const verb of ['start', 'recover'])
    expect(await api.send('POST', `/v1/databases/${idle}/${verb}`)).toMatchObject({
      status: 409,
      body: { code: 'host_lost', allowedActions: ['describe', 'delete'] },
    });
  const { items } = (await api.send('GET', '/v1/audit?action=host.lost')).body;
  const after = { lostAt: lost.body.lostAt };
  expect(items[0]).toMatchObject({ outcome: 'succeeded', before: { lostAt: null }, after });
});

test('a database of a lost host is deleted without the host, which then is removed (M41, C01)', async () => {
  const { api, backend, database, temporal } = slipway;
  const [id, other] = [await drifting.databaseThatIs('available'), await drifting.databaseThatIs('stopped')];
  await loseHost();
  const calls = lostBackend.calls.length;
  const { operation } = await api.succeeded('DELETE', `/v1/databases/${id}`);
  expect(operation.steps).toEqual([]);
  const history = await temporal.workflow.getHandle(operation.workflowId, operation.runId).fetchHistory();
  const queues = history.events?.flatMap((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name ?? []);
  expect(queues?.length).toBeGreaterThan(0);
  expect(queues).not.toContain(hostTaskQueue(hostId));
  expect(lostBackend.calls).toHaveLength(calls);
  expect(await read(id)).toMatchObject({ code: 'not_found' });
  // A port belongs to the record of an instance.
  for (const table of ['instances', 'holdings', 'sidecars', 'secrets', 'owed'])
    expect(await query(database.url, `SELECT 1 FROM ${table} WHERE database_id = $1`, [id])).toEqual([]);
  expect(await backend.list({ 'slipway.database': id })).not.toEqual([]);

  expect(await api.send('DELETE', hostPath)).toMatchObject({ status: 409, body: { code: 'host_in_use' } });
  const { items } = (await api.send('GET', '/v1/databases')).body;
  expect(items.map((one: any) => one.id)).toContain(other);
  for (const one of items) await api.succeeded('DELETE', `/v1/databases/${one.id}`);
  expect(await api.send('DELETE', hostPath)).toMatchObject({ status: 200, body: { used: { memoryBytes: 0 } } });
  expect(await api.send('GET', hostPath)).toMatchObject({ status: 404 });
});

test('the worker of a lost host waits until the host is returned, and then starts nothing (M43)', async () => {
  const { api, backend } = slipway;
  const [kept, deleted] = [await drifting.databaseThatIs('available'), await drifting.databaseThatIs('available')];
  await loseHost();
  await api.succeeded('DELETE', `/v1/databases/${deleted}`);
  const container = (await backend.list({ 'slipway.database': kept })).find(({ kind }) => kind === 'container');
  await backend.stopContainer(container?.name ?? '', container?.labels ?? {});
  const calls = lostBackend.calls.length;
  const starting = slipway.startWorker();
  await eventually(async () => expect(lostBackend.calls.slice(calls)).toEqual(['engineId']));
  expect((await api.send('GET', hostPath)).body).toMatchObject({ state: 'lost', workers: [] });
  expect(await api.send('POST', `${hostPath}/return`)).toMatchObject({ status: 200, body: { lostAt: null } });
  await starting;
  expect((await api.send('GET', hostPath)).body).toMatchObject({ state: 'ready' });

  await eventually(async () => {
    const { items } = (await api.send('GET', '/v1/orphans')).body;
    const kinds = items.flatMap(({ databaseId, kind }: any) => (databaseId === deleted ? [kind] : []));
    expect(kinds.sort()).toEqual(['container', 'network', 'volume']);
    expect(items.map(({ databaseId }: any) => databaseId)).not.toContain(kept);
  });
  await drifting.nextPass();
  const reads = /^(engine|events|list)/;
  expect(lostBackend.calls.slice(calls).filter((call) => !reads.test(call))).toEqual([]);
  expect(await read(kept)).toMatchObject({ state: 'failed', owed: { cause: 'host_lost', nextTryAt: null } });
  await api.succeeded('POST', `/v1/databases/${kept}/recover`);
  expect(await expectTruth(slipway, kept, null)).toBe('available');
});
