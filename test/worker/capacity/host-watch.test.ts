import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { currentContract } from '../../../domain/planning/contract';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { testHost } from '../../support/test-store';

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()) });
});
afterAll(async () => {
  await slipway?.stop();
});

const input = (name: string) => ({ name, version: '17', size: 'small' });

async function silence(hostId: string): Promise<void> {
  await query(slipway.database.url, "UPDATE hosts SET last_seen_at = now() - interval '31 s' WHERE id = $1", [hostId]);
}

/** A create whose first step waits for the worker of a host that has none. */
async function createOn(hostId: string, name: string) {
  const { api, store } = slipway;
  // An empty host of the current contract is the first choice of a placement.
  await store.hosts.register(testHost(hostId));
  const worker = { id: `worker-${hostId}`, hostId, build: 'none', release: 0, contract: currentContract };
  await store.workers.seen(worker);
  const { id: operationId, databaseId } = (await api.send('POST', '/v1/databases', input(name))).body.operation;
  const [first] = await eventually(async () => {
    const steps = await store.steps.list('default', operationId);
    expect(steps).toContainEqual(expect.objectContaining({ hostId, state: 'pending' }));
    return steps;
  });
  await eventually(async () => expect((await store.databases.find(databaseId))?.instances).toHaveLength(1));
  return { operationId, databaseId, planNumber: first?.planNumber ?? 0 };
}

test('a silent host gets no create (M38)', async () => {
  const { api, store } = slipway;
  await store.hosts.register(testHost('a-silent'));
  await silence('a-silent');
  expect((await api.send('GET', '/v1/hosts/a-silent')).body).toMatchObject({ state: 'silent' });
  const { id } = (await api.succeeded('POST', '/v1/databases', input('elsewhere'))).database;
  expect(await store.databases.find(id)).toMatchObject({
    instances: [{ hostId: slipway.environment.SLIPWAY_HOST_ID }],
  });
});

test('a create that has not begun on a silent host is placed elsewhere (M38)', async () => {
  const { api, store } = slipway;
  const { operationId, databaseId, planNumber } = await createOn('a-left', 'moved');
  await silence('a-left');
  expect(await api.finished(operationId)).toMatchObject({ state: 'succeeded' });
  const database = await store.databases.find(databaseId);
  expect(database?.instances).toMatchObject([{ hostId: slipway.environment.SLIPWAY_HOST_ID }]);
  expect(await store.hosts.find('a-left')).toMatchObject({ instances: 0, used: { nanoCpus: 0, memoryBytes: 0 } });
  expect(await expectTruth(slipway, databaseId, null)).toBe('available');
  // The host returns, and its worker finds the step.
  await expect(store.steps.start({ operationId, planNumber, ordinal: 1 }, 1)).rejects.toMatchObject({
    code: 'superseded',
  });
});

test('a create that has begun on a silent host stays there (M38)', async () => {
  const { store } = slipway;
  const { operationId, databaseId, planNumber } = await createOn('a-kept', 'stays');
  await store.steps.start({ operationId, planNumber, ordinal: 1 }, 1);
  await silence('a-kept');
  expect(await store.placements.leaveSilentHosts()).toEqual([]);
  expect(await store.databases.find(databaseId)).toMatchObject({ instances: [{ hostId: 'a-kept' }] });
  expect(await store.operations.load(operationId)).toMatchObject({ state: 'running', planNumber });
});

test('while no host is live, a create waits for one', async () => {
  const { store, database } = slipway;
  await slipway.stopWorker();
  await query(database.url, "UPDATE hosts SET last_seen_at = now() - interval '31 s'");
  const { api } = slipway;
  const { body } = await api.send('POST', '/v1/databases', input('waits'));
  await expect(store.placements.place(body.database.id)).rejects.toMatchObject({ code: 'host_silent' });
  await slipway.startWorker();
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'succeeded' });
});
