import type { ObservedContainer } from '../../../containers/backend';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import type { EngineAddress } from '../../../postgres/engine';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import type { ApiClient } from '../../support/http';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

/** What the installation is configured with before and after somebody changes everything that containers are created from. */
const before = {
  SLIPWAY_ENGINE_IMAGES: '17=postgres:17.4',
  SLIPWAY_POOLER_IMAGE: 'pooler:1',
  SLIPWAY_EXPORTER_IMAGE: 'exporter:1',
  SLIPWAY_HOST_ADDRESS: '127.0.0.1',
};
const after = {
  SLIPWAY_ENGINE_IMAGES: '17=postgres:17.5,18=postgres:18.1',
  SLIPWAY_POOLER_IMAGE: 'pooler:2',
  SLIPWAY_EXPORTER_IMAGE: 'exporter:2',
};
const elsewhere = { SLIPWAY_HOST_ADDRESS: '127.0.0.9' };

const backend = createMemoryBackend();
const ensureImage = backend.ensureImage;
/** The addresses at which engines were awaited and checked. */
const awaited: string[] = [];
const checked: string[] = [];
const textOf = ({ host, port }: EngineAddress) => `${host}:${port}`;
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend, {
      awaitReady: async (address) => void awaited.push(textOf(address)),
      check: async (address) => {
        checked.push(textOf(address));
        return null;
      },
    }),
    env: { ...before, SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2', SLIPWAY_HEALTH_CHECKS: 'true' },
    worker: false,
  });
});
afterAll(async () => {
  await slipway?.stop();
});
beforeEach(() => slipway.startWorker());
afterEach(async () => {
  backend.intercept = {};
  backend.ensureImage = ensureImage;
  await slipway.stopWorker();
});

let serial = 0;

async function createdBy(api: ApiClient): Promise<any> {
  const input = { name: `pinned-${++serial}`, version: '17', size: 'small', pooler: { enabled: true } };
  const { database } = await api.succeeded('POST', '/v1/databases', input);
  return read(database.id);
}

async function read(id: string, api = slipway.api): Promise<any> {
  return (await api.send('GET', `/v1/databases/${id}`)).body;
}

async function containersOf(id: string): Promise<ObservedContainer[]> {
  const objects = await backend.list({ 'slipway.database': id });
  return objects.filter((object) => object.kind === 'container').sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function idsOf(id: string): Promise<string[]> {
  return (await containersOf(id)).map((container) => container.id);
}

/** Waits until a database has been compared with its host twice more: drift counts once it was seen twice. */
async function comparedTwice(id: string): Promise<void> {
  for (const _ of [1, 2, 3]) {
    const { observedAt } = (await read(id)).instances[0];
    await eventually(async () => expect((await read(id)).instances[0].observedAt).not.toBe(observedAt));
  }
}

async function expectUntouched(id: string, containers: readonly string[]): Promise<void> {
  await comparedTwice(id);
  expect(await idsOf(id)).toEqual(containers);
  expect((await slipway.api.send('GET', `/v1/operations?databaseId=${id}&kind=repair`)).body.items).toEqual([]);
}

test('after a change of every image, containers go on, nothing has drifted, and the update is offered (M01)', async () => {
  const { id, instances } = await createdBy(slipway.api);
  const containers = await idsOf(id);
  await slipway.stopWorker();
  await slipway.startWorker(after);
  await expectUntouched(id, containers);
  const shown = await read(id, await slipway.startApi(after));
  expect(shown.instances[0].image).toEqual(instances[0].image);
  expect(shown.instances[0].image).toEqual({
    reference: 'postgres:17.4',
    digest: expect.stringMatching(/^postgres:17\.4@sha256:/),
  });
  expect(shown.updateAvailable).toEqual([
    { of: 'engine', from: 'postgres:17.4', to: 'postgres:17.5' },
    { of: 'pooler', from: 'pooler:1', to: 'pooler:2' },
  ]);
});

test('with one of three workers updated, nothing is repaired, whichever worker plans (M02)', async () => {
  const { id } = await createdBy(slipway.api);
  const containers = await idsOf(id);
  await slipway.startWorker();
  await slipway.startWorker(after);
  for (const _ of [1, 2]) await slipway.api.succeeded('POST', `/v1/databases/${id}/restart`);
  await expectUntouched(id, containers);
});

test('a create is what its API offered when it was accepted, whichever worker plans it (M02)', async () => {
  const updated = await slipway.startApi(after);
  await slipway.startWorker(after);
  for (const [api, image] of [
    [slipway.api, 'postgres:17.4'],
    [updated, 'postgres:17.5'],
  ] as const) {
    const { id, instances } = await createdBy(api);
    expect(instances[0].image.reference).toBe(image);
    expect(instances[0].sidecars[0].image.reference).toBe(image === 'postgres:17.4' ? 'pooler:1' : 'pooler:2');
    expect((await containersOf(id)).map((container) => container.image)).toEqual([
      instances[0].image.digest,
      instances[0].sidecars[0].image.digest,
    ]);
  }
});

test('an upgrade from a version without pins leaves every container, and fills the pins (M03)', async () => {
  // As that version did, which created containers from references.
  backend.ensureImage = async (image) => image;
  const { id } = await createdBy(slipway.api);
  backend.ensureImage = ensureImage;
  const containers = await idsOf(id);
  await slipway.stopWorker();
  for (const table of ['instances', 'sidecars']) {
    const sql = `UPDATE ${table} SET image_reference = NULL, image_digest = NULL, address = NULL WHERE database_id = $1`;
    await query(slipway.database.url, sql, [id]);
  }
  await slipway.startWorker({ ...after, ...elsewhere });
  await expectUntouched(id, containers);
  const [instance] = (await read(id)).instances;
  expect(instance).toMatchObject({
    address: { host: '127.0.0.1' },
    image: { reference: 'postgres:17.4', digest: null },
  });
  expect(instance.sidecars).toMatchObject([{ address: { host: '127.0.0.1' }, image: { reference: 'pooler:1' } }]);
  const { operation } = await slipway.api.succeeded('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
  expect(operation.steps[0]).toMatchObject({ name: 'ensureImage', resource: 'postgres:17.4' });
  expect((await read(id)).instances[0].image.digest).toMatch(/^postgres:17\.4@sha256:/);
});

test('a version that is no longer on offer restarts, resizes and is repaired with its own image (M04)', async () => {
  const { id, instances } = await createdBy(slipway.api);
  const { digest } = instances[0].image;
  const withdrawn = { SLIPWAY_ENGINE_IMAGES: '18=postgres:18.1' };
  await slipway.stopWorker();
  await slipway.startWorker(withdrawn);
  const api = await slipway.startApi(withdrawn);
  await api.succeeded('POST', `/v1/databases/${id}/restart`);
  await api.succeeded('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
  const [resized] = await containersOf(id);
  expect(resized?.image).toBe(digest);
  if (resized !== undefined) await backend.removeContainer(resized.name, resized.labels);
  await eventually(async () => {
    const [repaired] = await containersOf(id);
    expect(repaired).toMatchObject({ name: resized?.name, image: digest, state: 'running' });
    expect((await read(id)).state).toBe('available');
  });
  expect((await read(id, api)).updateAvailable).toEqual([]);
  const refused = await api.send('POST', '/v1/databases', { name: 'too-late', version: '17', size: 'small' });
  expect(refused.body.code).toBe('invalid_request');
});

test('an image that cannot be had fails a resize before anything is stopped', async () => {
  const { id } = await createdBy(slipway.api);
  const containers = await idsOf(id);
  backend.intercept = {
    before: (call) => {
      if (call === 'ensureImage') throw new DatabaseError('image_not_found', 'made to fail');
    },
  };
  const calls = backend.calls.length;
  const { body } = await slipway.api.send('POST', `/v1/databases/${id}/resize`, { size: 'medium' });
  const operation = await slipway.api.finished(body.operation.id);
  expect(operation).toMatchObject({ state: 'failed', error: { code: 'image_not_found' } });
  expect(backend.calls.slice(calls).filter((call) => /^(stop|remove)Container/.test(call))).toEqual([]);
  expect(await idsOf(id)).toEqual(containers);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('databases keep the address at which they are published when that of their host changes (M10)', async () => {
  const older = await createdBy(slipway.api);
  const { port } = older.instances[0].address;
  await slipway.stopWorker();
  await slipway.startWorker(elsewhere);
  awaited.length = 0;
  checked.length = 0;
  const newer = await createdBy(slipway.api);
  await slipway.api.succeeded('POST', `/v1/databases/${older.id}/resize`, { size: 'medium' });
  const [container] = await containersOf(older.id);
  expect(container?.binding).toEqual({ address: '127.0.0.1', port });
  expect(awaited.filter((address) => address.endsWith(`:${port}`))).toEqual([`127.0.0.1:${port}`]);
  const checks = (await slipway.api.send('GET', `/v1/health-checks?databaseId=${older.id}`)).body.items;
  await slipway.api.send('POST', `/v1/health-checks/${checks[0].id}/run`);
  await eventually(() => expect(checked).toContain(`127.0.0.1:${port}`));
  expect(checked).not.toContain(`127.0.0.9:${port}`);
  const { body } = await slipway.api.send('GET', `/v1/databases/${older.id}/connection`);
  expect(body).toMatchObject({ host: '127.0.0.1', port });
  expect(new URL(body.pooledUrl).hostname).toBe('127.0.0.1');
  expect(newer.instances[0].address.host).toBe('127.0.0.9');
  expect((await read(older.id)).updateAvailable).toEqual([{ of: 'address', from: '127.0.0.1', to: '127.0.0.9' }]);
});
