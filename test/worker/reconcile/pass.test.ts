import { pino } from 'pino';
import { readWorkerConfig } from '../../../config/config';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { repairLimit } from '../../../domain/planning/drift';
import { catalogueOf } from '../../../postgres/catalogue';
import { createPass } from '../../../worker/reconcile/pass';
import { createRepair } from '../../../worker/reconcile/repair';
import { createDrifting, type Drifting } from '../../support/drifting';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
let drifting: Drifting;
let pass: (only: ReadonlySet<string> | null) => Promise<string[]>;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend) });
  drifting = createDrifting(slipway, backend);
});
beforeEach(() => {
  const own = newPass();
  pass = (only) => own(only, new AbortController().signal);
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

/** Passes that the test makes, one after another. */
function newPass(): ReturnType<typeof createPass> {
  const { store, runs, installation, environment } = slipway;
  const { host, images } = readWorkerConfig(environment);
  const logger = pino({ level: 'silent' });
  return createPass({
    store,
    backend,
    installation,
    hostId: host.id,
    catalogue: catalogueOf(images),
    logger,
    engine: { observe: async () => [] },
    repair: createRepair({ store, runs, backend, logger }),
    repairs: true,
    repairsAtOnce: 4,
    intervalSeconds: 15,
    confirmAfterMs: 0,
    oomKills: new Map(),
  });
}

test('a drift that was seen once is left alone: it may pass', async () => {
  const id = await drifting.databaseThatIs('available');
  await drifting.behindOurBack(id, 'stopContainer');
  expect(await pass(null)).toEqual([id]);
  await drifting.behindOurBack(id, 'startContainer');
  expect(await pass(null)).toEqual([]);
  await drifting.behindOurBack(id, 'stopContainer');
  expect(await pass(new Set([id]))).toEqual([id]);
  expect(await drifting.repairsOf(id)).toEqual([]);
  expect(await pass(new Set([id]))).toEqual([]);
  expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('a database that changes while the host is listed is not judged by what it was', async () => {
  const id = await drifting.databaseThatIs('available');
  let lists = 0;
  backend.intercept = {
    after: async (call) => {
      if (call !== 'list' || lists++ > 0) return;
      await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
    },
  };
  await pass(new Set([id]));
  backend.intercept = {};
  expect((await drifting.read(id)).instances).toMatchObject([
    { state: 'stopped', status: 'unknown', observedAt: null },
  ]);
  expect(await pass(new Set([id]))).toEqual([]);
  expect((await drifting.read(id)).instances).toMatchObject([{ status: 'unknown', observedAt: expect.any(String) }]);
});

test('label edits between the looks and during them keep no drift from its repair', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  const edited = (label: string) => api.succeeded('PATCH', `/v1/databases/${id}`, { labels: { edited: label } });
  await drifting.behindOurBack(id, 'stopContainer');
  let lists = 0;
  backend.intercept = {
    after: async (call) => void (call === 'list' && lists++ === 0 && (await edited('during'))),
  };
  expect(await pass(new Set([id]))).toEqual([id]);
  expect(lists).toBeGreaterThan(0);
  expect((await drifting.read(id)).instances).toMatchObject([{ observedAt: expect.any(String) }]);
  await edited('between');
  expect(await pass(new Set([id]))).toEqual([]);
  expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
});

test('a repair is accepted only of the database that was looked at', async () => {
  const { store, api, environment } = slipway;
  const id = await drifting.databaseThatIs('available');
  const [looked] = await store.databases.listAtRest(environment.SLIPWAY_HOST_ID ?? '', [id]);
  if (looked === undefined) throw new Error('the database is not watched');
  await api.succeeded('POST', `/v1/databases/${id}/restart`);
  expect(await store.databases.undisturbedAmong([looked])).toEqual([]);
  expect(await store.operations.repair(looked, { reasons: ['gone'] }, 'reconciler')).toBeNull();
  expect(await store.operations.giveUpRepairs(looked, ['gone'], 'reconciler', '')).toBeNull();
  expect(await drifting.read(id)).toMatchObject({ state: 'available' });
  const [now] = await store.databases.listAtRest(environment.SLIPWAY_HOST_ID ?? '', [id]);
  if (now === undefined) throw new Error('the database is not watched');
  const both = await Promise.all([1, 2].map(() => store.operations.repair(now, { reasons: ['gone'] }, 'reconciler')));
  expect(both.filter((accepted) => accepted !== null)).toHaveLength(1);
  await drifting.repaired(id);
});

test('a database that ended with its engine is repaired however often the engine is restarted (M44)', async () => {
  const id = await drifting.databaseThatIs('available');
  for (let restarts = 1; restarts <= repairLimit.repairs + 1; restarts += 1) {
    backend.restartEngine();
    await pass(new Set([id]));
    await pass(new Set([id]));
    expect(await drifting.repaired(id, restarts)).toMatchObject({ state: 'succeeded' });
  }
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('one database that cannot be repaired does not keep the next from it', async () => {
  const ids = await Promise.all([drifting.databaseThatIs('available'), drifting.databaseThatIs('available')]);
  for (const id of ids) await drifting.behindOurBack(id, 'stopContainer');
  await pass(new Set(ids));
  const [first = '', second = ''] = (
    await slipway.store.databases.listAtRest(slipway.environment.SLIPWAY_HOST_ID ?? '', ids)
  ).map(({ id }) => id);
  const { repair } = slipway.store.operations;
  slipway.store.operations.repair = async (database, ...rest) => {
    if (database.id === first) throw new Error('made to fail');
    return repair(database, ...rest);
  };
  try {
    await pass(new Set(ids));
  } finally {
    slipway.store.operations.repair = repair;
  }
  expect(await drifting.repaired(second)).toMatchObject({ state: 'succeeded' });
  expect(await drifting.repairsOf(first)).toEqual([]);
  await pass(new Set(ids));
  await drifting.repaired(first);
});
