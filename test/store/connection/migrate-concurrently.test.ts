import { Client } from 'pg';
import { type MigrateSettings, migrate } from '../../../store/connection/migrate';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { type MigrationsFolder, migrationsWith } from '../../support/migrations';
import { startStorePooler } from '../../support/store-pooler';

const [indexed, later] = ['99990101000000_indexed', '99990102000000_later'];
const concurrently = 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "hosts_later_idx" ON "hosts" ("later")';

let database: TestDatabase;
let folder: MigrationsFolder;
let settings: MigrateSettings;
let writer: Client;
beforeAll(async () => {
  folder = await migrationsWith({
    [indexed]: { 'migration.sql': 'ALTER TABLE hosts ADD COLUMN later TEXT', 'concurrent.sql': concurrently },
    [later]: {
      'migration.sql': '-- The index is there, and valid.\nALTER INDEX "hosts_later_idx" SET (fillfactor = 90)',
    },
  });
});
beforeEach(async () => {
  database = await createTestDatabase();
  settings = { databaseUrl: database.url, statementTimeoutMs: 1_000, folder: folder.path };
  await migrate({ databaseUrl: database.url, statementTimeoutMs: 1_000 });
  writer = new Client({ connectionString: database.url });
  await writer.connect();
});
afterEach(async () => {
  await writer.end();
  await database.drop();
});
afterAll(() => folder?.remove());

/** A transaction with a snapshot, as a backup has one: an index that is built waits for its end. */
async function holdSnapshot(): Promise<void> {
  await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = 0; SELECT 1');
}

/** Waits until the index has been in the making for longer than a statement may take. */
async function untilBuilding(): Promise<number> {
  return eventually(async () => {
    const [building] = await query<{ pid: number }>(
      database.url,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = $1 AND state = 'active'
         AND clock_timestamp() - query_start > interval '1.2 seconds'`,
      [concurrently],
    );
    if (building === undefined) throw new Error('the index is not being built');
    return building.pid;
  });
}

async function indexState(): Promise<{ valid: boolean; steps: number }[]> {
  return query(
    database.url,
    `SELECT indisvalid AS valid, applied_steps_count AS steps FROM pg_index, _prisma_migrations
     WHERE indexrelid = 'hosts_later_idx'::regclass AND migration_name = $1`,
    [indexed],
  );
}

test('the concurrent part of a migration keeps no request waiting, and each part is applied by one process (M59)', async () => {
  await holdSnapshot();
  const both = Promise.all([1, 2].map(() => migrate(settings)));
  both.catch(() => undefined);
  await untilBuilding();
  // An index that is built in a transaction would keep this waiting for longer than a statement may take.
  await query(database.url, `UPDATE hosts SET later = 'written meanwhile'`);
  expect(await indexState()).toEqual([{ valid: false, steps: 1 }]);
  await writer.query('COMMIT');
  expect((await both).flat().sort()).toEqual([indexed, later]);
  expect(await indexState()).toEqual([{ valid: true, steps: 2 }]);
});

test('an invalid index that a cut has left is built again at the next start, before later migrations', async () => {
  await holdSnapshot();
  const cut = migrate(settings);
  cut.catch(() => undefined);
  await query(database.url, 'SELECT pg_terminate_backend($1)', [await untilBuilding()]);
  await expect(cut).rejects.toThrow(`the concurrent part of migration ${indexed} failed`);
  expect(await indexState()).toEqual([{ valid: false, steps: 1 }]);
  await writer.query('COMMIT');
  expect(await migrate(settings)).toEqual([indexed, later]);
  expect(await indexState()).toEqual([{ valid: true, steps: 2 }]);
});

test('processes take turns behind a transaction pooler, too, and leave its sessions their limit', async () => {
  await migrate({ databaseUrl: database.url, statementTimeoutMs: 10_000 });
  const pooler = await startStorePooler(database.url);
  try {
    const pooled = { ...settings, statementTimeoutMs: 10_000, databaseUrl: pooler.url };
    const applied = await Promise.all([1, 2, 3].map(() => migrate(pooled)));
    expect(applied.flat().sort()).toEqual([indexed, later]);
    expect(await indexState()).toEqual([{ valid: true, steps: 2 }]);
    const limits = await Promise.all(Array.from({ length: 4 }, () => query(pooler.url, 'SHOW statement_timeout')));
    expect(limits.flat()).toEqual(Array(4).fill({ statement_timeout: '10s' }));
  } finally {
    await pooler.remove();
  }
});
