import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import type { RequestedKind } from '../../../domain/operations/operations';
import { createDrifting, type Drifting } from '../../support/drifting';
import { eventually } from '../../support/eventually';
import { type Slipway, startSlipway } from '../../support/slipway';
import { accept } from '../../support/verbs';

const backend = createMemoryBackend();
let slipway: Slipway;
let drifting: Drifting;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' },
  });
  drifting = createDrifting(slipway, backend);
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

test('objects without a record are reported and never deleted', async () => {
  const { api, installation } = slipway;
  const databaseId = 'nobodysdbabc';
  const labels = drifting.labelsFor(databaseId);
  const name = `slipway-${installation}-${databaseId}`;
  await backend.ensureVolume({ name, labels });
  await backend.ensureNetwork({ name, labels, addressPool: '10.213.0.0/16' });
  const orphans = async () => (await api.send('GET', '/v1/orphans')).body.items;
  const seen = await eventually(async () => {
    const items = await orphans();
    expect(items.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['network', 'volume']);
    return items;
  });
  expect(seen[0]).toEqual({
    id: expect.any(String),
    kind: expect.any(String),
    name,
    hostId: slipway.environment.SLIPWAY_HOST_ID,
    databaseId,
    firstSeenAt: expect.any(String),
    lastSeenAt: expect.any(String),
  });
  const first = (await api.send('GET', '/v1/orphans?pageSize=1')).body;
  const second = (await api.send('GET', `/v1/orphans?pageSize=1&pageToken=${first.nextPageToken}`)).body;
  expect([first.items, second.items].flat().map(({ id }: { id: string }) => id)).toEqual(
    seen.map(({ id }: { id: string }) => id),
  );
  // A worker that begins anew does not find them anew.
  await slipway.stopWorker();
  await slipway.startWorker();
  await drifting.nextPass();
  await drifting.nextPass();
  expect((await orphans()).map(({ id }: { id: string }) => id)).toEqual(seen.map(({ id }: { id: string }) => id));
  expect((await drifting.eventsOf(databaseId)).map(({ type }) => type)).toEqual(['orphan.found', 'orphan.found']);
  expect((await backend.list({ 'slipway.database': databaseId })).map(({ kind }) => kind).sort()).toEqual([
    'network',
    'volume',
  ]);
  await backend.removeVolume(name, labels);
  await backend.removeNetwork(name, labels);
  await eventually(async () => expect(await orphans()).toEqual([]));
});

test('a volume that the record does not know is an orphan, and no repair deletes it', async () => {
  const { api, installation } = slipway;
  const id = await drifting.databaseThatIs('available');
  const labels = drifting.labelsFor(id);
  const name = `slipway-${installation}-${id}-old`;
  await backend.ensureVolume({ name, labels });
  await eventually(async () =>
    expect((await api.send('GET', '/v1/orphans')).body.items).toMatchObject([{ kind: 'volume', name, databaseId: id }]),
  );
  await drifting.behindOurBack(id, 'stopContainer');
  expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
  expect((await backend.list({ 'slipway.database': id })).map((object) => object.name)).toContain(name);
  await backend.removeVolume(name, labels);
});

test('a copy of a volume survives every kind of operation, and a delete names it (M16)', async () => {
  const { api, installation } = slipway;
  const id = await drifting.databaseThatIs('available');
  const labels = drifting.labelsFor(id);
  const name = `slipway-${installation}-${id}-rescue`;
  await backend.ensureVolume({ name, labels });
  const operated = async (kind: RequestedKind) => api.finished((await accept(api, kind, id)).id);
  const isThere = async () =>
    (await backend.list({ 'slipway.database': id })).some((object) => object.kind === 'volume' && object.name === name);
  for (const kind of [
    'restart',
    'stop',
    'start',
    'pause',
    'resume',
    'resize',
    'update',
    'rotate-credentials',
  ] as const) {
    expect(await operated(kind)).toMatchObject({ kind, state: 'succeeded', warnings: [] });
    expect(await isThere()).toBe(true);
  }
  expect(await operated('delete')).toMatchObject({
    state: 'succeeded',
    warnings: [{ code: 'volume_kept', message: expect.stringContaining(name), details: { resource: name } }],
  });
  expect((await backend.list({ 'slipway.database': id })).map((object) => object.name)).toEqual([name]);
  await eventually(async () =>
    expect((await api.send('GET', '/v1/orphans')).body.items).toMatchObject([{ kind: 'volume', name, databaseId: id }]),
  );
  await backend.removeVolume(name, labels);
});
