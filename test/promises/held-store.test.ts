import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { workflowIdOf } from '../../domain/temporal-names';
import { query } from '../support/database';
import { eventually } from '../support/eventually';
import { createHold, gated } from '../support/points';
import { type Slipway, startSlipway } from '../support/slipway';
import { copyStore } from '../support/store-copy';
import { accept, done, newDatabase } from '../support/verbs';

/** Calls by which a host is only looked at. */
const looks = [
  'ping',
  'engineId',
  'engineStartedAt',
  'list',
  'inspectContainer',
  'peekVolume',
  'logs',
  'stats',
  'events',
];

const backend = createMemoryBackend();
const hold = createHold();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend),
    activities: (own) => gated(own, hold.checkpoint),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '1', SLIPWAY_HEALTH_CHECKS: 'true' },
  });
});
afterAll(async () => {
  hold.release();
  await slipway?.stop();
});

async function databaseOf(id: string) {
  return (await slipway.api.send('GET', `/v1/databases/${id}`)).body;
}

async function newestOperationOf(id: string) {
  return (await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body.items[0];
}

test('a restored store is held: nothing begins, hosts are compared, and what has diverged waits for a person (M54)', async () => {
  const { api, store, temporal } = slipway;
  const create = async (): Promise<string> => (await done(api, 'create', null)).id;
  const [same, changed, deleted, interrupted] = await Promise.all([create(), create(), create(), create()]);
  const reached = hold.at({ activity: 'stopServer', moment: 'before' });
  const stop = await accept(api, 'stop', interrupted);
  await reached;
  const copy = await copyStore(slipway.database);
  hold.release();
  await eventually(async () => expect(await api.finished(stop.id)).toMatchObject({ state: 'succeeded' }));
  const [created] = await Promise.all([create(), done(api, 'update', changed), done(api, 'delete', deleted)]);
  const workers = JSON.stringify(await query(slipway.database.url, 'SELECT * FROM workers'));
  await slipway.stopWorker();
  // As if the worker had been killed: the run of this operation is open in Temporal when the store is restored.
  await query(slipway.database.url, 'INSERT INTO workers SELECT * FROM json_populate_recordset(NULL::workers, $1)', [
    workers,
  ]);
  const lost = await accept(api, 'restart', same);

  await copy.restore();
  await eventually(() => store.ping());
  const { installation } = await store.installation.restored('disk lost', { actor: 'ada' });
  // All checks are due, instead of within their interval.
  await query(slipway.database.url, 'UPDATE health_checks SET next_at = now()');
  const callsBefore = backend.calls.length;
  await slipway.startWorker();

  const compared = await eventually(async () => {
    const { body } = await api.send('GET', '/v1/installation');
    expect(body).toMatchObject({ epoch: 2, held: { reason: 'disk lost' }, comparison: { hostsNotCompared: [] } });
    return body.comparison;
  });
  expect(compared.databases).toEqual({ same: 2, diverged: 1, missing: 1, unknown_object: 1, not_compared: 0 });
  const standings = compared.differences.map(({ databaseId, standing }: any) => [databaseId, standing]);
  expect(Object.fromEntries(standings)).toEqual({
    [changed]: 'diverged',
    [deleted]: 'missing',
    [created]: 'unknown_object',
  });

  // The run of the lost future ends by itself.
  await eventually(async () => {
    const { status } = await temporal.workflow.getHandle(workflowIdOf(same)).describe();
    expect(status.name).toBe('FAILED');
  });
  expect((await api.send('GET', `/v1/operations/${lost.id}`)).status).toBe(404);
  // Statuses and checks are written.
  const since = installation.held?.since ?? new Date();
  await eventually(async () => {
    const [instance] = (await databaseOf(same)).instances;
    expect(instance).toMatchObject({ status: 'healthy' });
    expect(new Date(instance.observedAt) > since).toBe(true);
    const checked = 'SELECT 1 FROM health_checks WHERE database_id = $1 AND last_checked_at > $2';
    expect(await query(slipway.database.url, checked, [same, since])).toHaveLength(1);
  });
  expect(await store.reconcilers.list()).toMatchObject([
    { state: 'reporting', reason: expect.stringContaining('disk lost') },
  ]);
  // Nothing begins, and nothing is accepted.
  for (const [method, path, body] of [
    ['POST', '/v1/databases', newDatabase()],
    ['PATCH', `/v1/databases/${same}`, { description: 'new' }],
    ['POST', '/v1/keys', { name: 'new', role: 'viewer' }],
  ] as const) {
    expect(await api.send(method, path, body)).toMatchObject({ status: 503, body: { code: 'store_held' } });
  }
  expect(await databaseOf(interrupted)).toMatchObject({ state: 'failed', error: { code: 'store_restored' } });
  const begun = (await api.send('GET', '/v1/operations?pageSize=200')).body.items.filter(
    ({ createdAt }: { createdAt: string }) => new Date(createdAt) > since,
  );
  expect(begun).toEqual([]);
  const effects = backend.calls.slice(callsBefore).filter((call) => !looks.includes(call.split(' ', 1)[0] ?? ''));
  expect(effects).toEqual([]);

  const release = await api.send('POST', '/v1/installation/release', {});
  expect(release).toMatchObject({ status: 200, body: { failed: [changed], recovering: [] } });
  // The rest continues: a database that was deleted after the backup is repaired, which cannot replace its volume.
  await eventually(async () => {
    expect(await newestOperationOf(deleted)).toMatchObject({ kind: 'repair', error: { code: 'volume_missing' } });
  });
  await done(api, 'restart', same);
  for (const [id, kind] of [
    [changed, 'create'],
    [interrupted, 'stop'],
  ] as const) {
    expect(await databaseOf(id)).toMatchObject({ state: 'failed', error: { code: 'store_restored' } });
    expect(await newestOperationOf(id)).toMatchObject({ kind });
    await done(api, 'recover', id);
    expect(await databaseOf(id)).toMatchObject({ state: 'available', error: null });
  }
  await copy.drop();
});
