import { Client } from 'pg';
import { lockPausesMs, type MigrateSettings, migrate } from '../../../store/connection/migrate';
import { type MigrationsFolder, migrationsWith } from '../../support/migrations';
import { acceptedCreate, openTestStore, type TestStore } from '../../support/test-store';

const later = '99990101000000_later';

let one: TestStore;
let folder: MigrationsFolder;
let settings: MigrateSettings;
let backup: Client;
beforeAll(async () => {
  folder = await migrationsWith({
    [later]: {
      'migration.sql': 'CREATE TABLE later (id TEXT); ALTER TABLE databases ADD COLUMN later TEXT',
    },
  });
});
beforeEach(async () => {
  one = await openTestStore();
  settings = { databaseUrl: one.database.url, statementTimeoutMs: 10_000, folder: folder.path };
  backup = new Client({ connectionString: one.database.url });
  await backup.connect();
  // What pg_dump holds until it ends.
  await backup.query('BEGIN; SET LOCAL statement_timeout = 0; LOCK TABLE databases IN ACCESS SHARE MODE');
});
afterEach(async () => {
  await backup?.end();
  await one?.close();
});
afterAll(() => folder?.remove());

/** What the migration made. */
async function made(): Promise<string[]> {
  const rows = await one.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_name = 'later' OR column_name = 'later' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('a migration whose table stays in use is given up: it has changed nothing, and the reason is in the error', async () => {
  const blocked = jest.fn();
  await expect(migrate({ ...settings, pausesMs: [10], onBlocked: blocked })).rejects.toThrow(
    `migration ${later} was rolled back: its tables stayed in use`,
  );
  expect(blocked.mock.calls).toEqual([[{ migration: later, retryInMs: 10 }]]);
  expect(await made()).toEqual([]);
});

test('a migration beside a backup and load keeps no request waiting for more than 3.5 s (M59)', async () => {
  const backupEnds = backup.query('SELECT pg_sleep(6)').then(() => backup.query('COMMIT'));
  const migrated = Promise.all([1, 2].map(() => migrate({ ...settings, pausesMs: Array(5).fill(500) })));
  let isMigrated = false;
  const ended = migrated.finally(() => {
    isMigrated = true;
  });
  const waits: number[] = [];
  async function sendRequests(request: () => Promise<unknown>): Promise<void> {
    while (!isMigrated) {
      const sentAt = performance.now();
      await request();
      waits.push(performance.now() - sentAt);
    }
  }
  const [applied] = await Promise.all([
    ended,
    sendRequests(() => acceptedCreate(one.store)),
    sendRequests(() => one.store.databases.list('default', {}, { pageSize: 20, pageToken: null })),
    sendRequests(() => one.store.hosts.list()),
    backupEnds,
  ]);
  expect(applied.flat()).toEqual([later]);
  expect(await made()).toEqual(['databases', 'later']);
  // Requests did wait behind the migration, so the limit has been tested.
  expect(Math.max(...waits)).toBeGreaterThan(1_000);
  expect(Math.max(...waits)).toBeLessThan(3_500);
});

test('a migration is tried for at most ten minutes, with pauses that double up to 30 s', () => {
  expect(lockPausesMs.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(Math.max(...lockPausesMs)).toBe(30_000);
  const attemptsMs = (lockPausesMs.length + 1) * 3_000;
  const totalMs = lockPausesMs.reduce((sum, pause) => sum + pause, attemptsMs);
  expect(totalMs).toBeGreaterThan(9 * 60_000);
  expect(totalMs).toBeLessThanOrEqual(10 * 60_000);
});
