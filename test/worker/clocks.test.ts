import { pino } from 'pino';
import { databaseView } from '../../api/databases/views';
import { reconcilerView } from '../../api/health/views';
import { createMemoryBackend } from '../../containers/memory';
import { repairLimit } from '../../domain/planning/drift';
import type { DatabaseRecord } from '../../store/databases/records';
import type { Runs } from '../../temporal/operation-runs';
import { relayOnce } from '../../worker/operations/relay';
import { createPass } from '../../worker/reconcile/pass';
import { withClockOff } from '../support/clock';
import {
  acceptedCreate,
  ada,
  available,
  claimed,
  openTestStore,
  type TestStore,
  testHost,
  uniqueName,
} from '../support/test-store';

const logger = pino({ level: 'silent' });
const hourMs = 3_600_000;
const intervalSeconds = 15;

let one: TestStore;
beforeAll(async () => {
  one = await openTestStore();
});
afterAll(async () => {
  await one?.close();
});

/** A pass of the reconciler of the test's one host, which has nothing on it. */
function newPass(): () => Promise<string[]> {
  const pass = createPass({
    store: one.store,
    backend: createMemoryBackend(),
    installation: 'clocks',
    hostId: one.host.id,
    catalogue: {
      images: { 17: 'slipway/postgres:17' },
      sidecarImages: { pooler: '', exporter: '' },
      settingsOf: () => ({}),
    },
    logger,
    engine: { observe: async () => [] },
    repair: async () => true,
    repairs: false,
    repairsAtOnce: 4,
    intervalSeconds,
    confirmAfterMs: 0,
    oomKills: new Map(),
  });
  return () => pass(null, new AbortController().signal);
}

/** What the API shows of a database's only instance, and of the host's reconciler. */
async function shown(databaseId: string): Promise<[unknown, unknown]> {
  const database = await one.store.databases.get('default', databaseId);
  if (database === null) throw new Error(`no database ${databaseId}`);
  const { instances } = databaseView(database) as { instances: { status: unknown }[] };
  const [reconciler] = (await one.store.reconcilers.list()).filter(({ hostId }) => hostId === one.host.id);
  if (reconciler === undefined) throw new Error('no report');
  return [instances[0]?.status, (reconcilerView(reconciler) as { state: unknown }).state];
}

/** Passes of time, in the store alone. */
const age = (table: string, column: string, interval: string) =>
  one.rows(`UPDATE ${table} SET ${column} = ${column} - interval '${interval}'`);

describe.each([
  { direction: 'ahead', byMs: hourMs },
  { direction: 'behind', byMs: -hourMs },
])('a process whose clock is an hour $direction (M56)', ({ byMs }) => {
  const off = <T>(run: () => Promise<T>): Promise<T> => withClockOff(byMs, run);

  test('statuses of a worker are current at once and unknown when they are old, to every reader', async () => {
    const { database } = await available(one.store);
    await off(newPass());
    const current = ['unhealthy', 'reporting'];
    expect(await shown(database.id)).toEqual(current);
    expect(await off(() => shown(database.id))).toEqual(current);
    for (const [table, column] of [
      ['observed_statuses', 'observed_at'],
      ['reconcilers', 'passed_at'],
    ] as const) {
      await age(table, column, `${2 * intervalSeconds + 1} seconds`);
    }
    expect(await shown(database.id)).toEqual(['unknown', 'unknown']);
    expect(await off(() => shown(database.id))).toEqual(['unknown', 'unknown']);
  });

  test('a resumed reconciler repairs for 15 minutes', async () => {
    const { reconcilers } = one.store;
    const { id } = testHost(uniqueName());
    await one.store.hosts.register(testHost(id));
    await off(() =>
      reconcilers.report(id, { state: 'stopped', reason: 'too much', databases: 6, drifted: 6, intervalSeconds }),
    );
    await off(() => reconcilers.resume(id, ada));
    for (const isResumed of [() => reconcilers.isResumed(id), () => off(() => reconcilers.isResumed(id))]) {
      expect(await isResumed()).toBe(true);
    }
    await age('reconcilers', 'resumed_until', '14 minutes');
    expect(await off(() => reconcilers.isResumed(id))).toBe(true);
    await age('reconcilers', 'resumed_until', '1 minute');
    expect(await off(() => reconcilers.isResumed(id))).toBe(false);
  });

  test.each([
    { what: 'by an API with the right time', accepting: <T>(run: () => Promise<T>) => run() },
    { what: 'by an API with the same clock', accepting: off },
  ])('an operation accepted $what is relayed after the grace, and not before', async ({ accepting }) => {
    const { operation } = await accepting(() => acceptedCreate(one.store));
    const started: string[] = [];
    const runs = {
      current: async () => ({ state: 'none' }),
      start: async ({ id }) => {
        started.push(id);
        return null;
      },
    } satisfies Pick<Runs, 'current' | 'start'>;
    const relay = () =>
      off(() => relayOnce({ store: one.store, runs: runs as unknown as Runs, logger, graceMs: 60_000 }));
    await relay();
    expect(started).not.toContain(operation.id);
    await age('operations', 'created_at', '1 minute');
    await relay();
    expect(started).toContain(operation.id);
  });

  test('repairs are counted for ten minutes', async () => {
    const { id } = (await available(one.store)).database;
    const repair = async (database: DatabaseRecord) =>
      one.store.operations.repair(database, { reasons: ['it is gone'] }, 'reconciler');
    const read = async (): Promise<DatabaseRecord> => {
      const database = await one.store.databases.get('default', id);
      if (database === null) throw new Error(`no database ${id}`);
      return database;
    };
    for (let count = 0; count < repairLimit.repairs; count += 1) {
      const operation = await repair(await read());
      if (operation === null || operation === 'exhausted') throw new Error(`repair ${count} was not accepted`);
      const { id: operationId } = await claimed(one.store, operation);
      await one.store.operations.finish({ operationId, outcome: 'succeeded', wayBack: 'not_taken', error: null });
    }
    const database = await read();
    expect(await off(() => repair(database))).toBe('exhausted');
    await age('operations', 'created_at', `${repairLimit.minutes} minutes`);
    expect(await off(() => repair(database))).toMatchObject({ kind: 'repair', state: 'pending' });
  });

  test('a request is taken over when the lease of a process that died has expired, and not before', async () => {
    const claim = () => one.store.requests.claim('default', key, 'fingerprint');
    const key = uniqueName();
    await claim();
    await expect(off(claim)).rejects.toMatchObject({ code: 'request_in_progress' });
    await age('requests', 'lease_until', '10 seconds');
    expect(await off(claim)).toMatchObject({ claim: { key } });
  });
});
