import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { createCipher } from '../../../store/connection/cipher';
import { migrate } from '../../../store/connection/migrate';
import { migrationsDue, nextDue } from '../../../store/connection/migrations';
import { createStore } from '../../../store/store';
import { createTestDatabase, query, requireTestName, serverUrl, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { proxyBefore, throughProxy } from '../../support/tcp-proxy';
import { secretKey } from '../../support/test-store';

/** What the program ships, read as the Prisma CLI reads it. */
const folder = path.join(__dirname, '..', '..', '..', 'prisma', 'migrations');
const shipped = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    name,
    sql: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'),
    // The concurrent part is a step of its own.
    steps: existsSync(path.join(folder, name, 'concurrent.sql')) ? 2 : 1,
    checksum: createHash('sha256')
      .update(readFileSync(path.join(folder, name, 'migration.sql')))
      .digest('hex'),
  }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));
const names = shipped.map(({ name }) => name);

const statementTimeoutMs = 10_000;
const databases: TestDatabase[] = [];

async function freshDatabase(): Promise<string> {
  const database = await createTestDatabase();
  databases.push(database);
  return database.url;
}

afterAll(async () => {
  for (const database of databases) await database.drop();
});

test('D02 an empty database gets every migration, and a second start applies none', async () => {
  const databaseUrl = await freshDatabase();
  expect(await migrate({ databaseUrl, statementTimeoutMs })).toEqual(names);
  expect(await migrate({ databaseUrl, statementTimeoutMs })).toEqual([]);
});

test('D02 the history has the form that the Prisma CLI writes', async () => {
  const databaseUrl = await freshDatabase();
  await migrate({ databaseUrl, statementTimeoutMs });
  const columns = await query(
    databaseUrl,
    `SELECT column_name AS name, data_type AS type, is_nullable AS nullable FROM information_schema.columns
     WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  );
  // schema-engine's own CREATE TABLE, for PostgreSQL.
  expect(columns).toEqual([
    { name: 'id', type: 'character varying', nullable: 'NO' },
    { name: 'checksum', type: 'character varying', nullable: 'NO' },
    { name: 'finished_at', type: 'timestamp with time zone', nullable: 'YES' },
    { name: 'migration_name', type: 'character varying', nullable: 'NO' },
    { name: 'logs', type: 'text', nullable: 'YES' },
    { name: 'rolled_back_at', type: 'timestamp with time zone', nullable: 'YES' },
    { name: 'started_at', type: 'timestamp with time zone', nullable: 'NO' },
    { name: 'applied_steps_count', type: 'integer', nullable: 'NO' },
  ]);
  const history = await query<{ id: string; finished_at: Date | null }>(
    databaseUrl,
    'SELECT * FROM "_prisma_migrations" ORDER BY migration_name',
  );
  expect(history).toHaveLength(shipped.length);
  for (const [index, { name, checksum, steps }] of shipped.entries()) {
    expect(history[index]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      migration_name: name,
      checksum,
      finished_at: expect.any(Date),
      rolled_back_at: null,
      logs: null,
      applied_steps_count: steps,
    });
  }
});

test('D02 processes that start at once take turns: each migration is applied by one of them', async () => {
  const databaseUrl = await freshDatabase();
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate({ databaseUrl, statementTimeoutMs })));
  expect(applied.flat().sort()).toEqual(names);
  expect(await query(databaseUrl, 'SELECT count(*)::int AS n FROM "_prisma_migrations"')).toEqual([
    { n: names.length },
  ]);
});

test('D02 waiting for another process’s migration is not cut by the statement timeout', async () => {
  const databaseUrl = await freshDatabase();
  await migrate({ databaseUrl, statementTimeoutMs: 100 });
  const slow = new Client({ connectionString: databaseUrl });
  await slow.connect();
  // As a process does that is at a long migration; and who waits for it is seen among the server’s activities.
  await slow.query('BEGIN');
  await slow.query('SET LOCAL statement_timeout = 0');
  await slow.query('LOCK TABLE "_prisma_migrations" IN ACCESS EXCLUSIVE MODE');
  const second = migrate({ databaseUrl, statementTimeoutMs: 100 });
  const settled = jest.fn();
  second.then(settled, settled);
  try {
    await eventually(async () => {
      // From a connection of its own: a transaction sees one and the same activity as long as it lasts.
      const waiting = await query(
        databaseUrl,
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND clock_timestamp() - query_start > interval '300 milliseconds'`,
      );
      if (settled.mock.calls.length === 0 && waiting.length === 0) throw new Error('nobody has waited long enough');
    });
    expect(settled).not.toHaveBeenCalled();
  } finally {
    await slow.query('COMMIT');
    await slow.end();
  }
  expect(await second).toEqual([]);
});

test.each([
  {
    title: 'a migration that failed earlier',
    change: 'UPDATE "_prisma_migrations" SET finished_at = NULL',
    says: /failed earlier/,
  },
  {
    title: 'a migration that was changed after it was applied',
    change: `UPDATE "_prisma_migrations" SET checksum = repeat('0', 64)`,
    says: /was changed after it was applied/,
  },
  {
    title: 'a schema newer than the program',
    change: `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at)
             VALUES (gen_random_uuid()::text, repeat('1', 64), '99990101000000_later', now())`,
    says: /99990101000000_later is unknown: the schema is newer/,
  },
])('D02 refused: $title', async ({ change, says }) => {
  const databaseUrl = await freshDatabase();
  await migrate({ databaseUrl, statementTimeoutMs });
  await query(databaseUrl, change);
  await expect(migrate({ databaseUrl, statementTimeoutMs })).rejects.toThrow(says);
});

test('D02 a migration that fails leaves the schema as it was', async () => {
  const databaseUrl = await freshDatabase();
  await query(databaseUrl, 'CREATE TABLE secrets (mine text)');
  await expect(migrate({ databaseUrl, statementTimeoutMs })).rejects.toThrow(/_first was rolled back: it failed/);
  const tables = `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  expect(await query(databaseUrl, tables)).toEqual([{ name: 'secrets' }]);
  await query(databaseUrl, 'DROP TABLE secrets');
  expect(await migrate({ databaseUrl, statementTimeoutMs })).toEqual(names);
});

describe('D02 which migrations are due', () => {
  const one = { name: '1_one', sql: '', checksum: 'a', concurrentSql: null };
  const two = { name: '2_two', sql: '', checksum: 'b', concurrentSql: null };
  const finished = { finished_at: new Date(), rolled_back_at: null, applied_steps_count: 1 };
  const applied = { migration_name: '1_one', checksum: 'a', ...finished };

  test.each([
    { title: 'all on an empty history', history: [], due: [one, two] },
    { title: 'the rest', history: [applied], due: [two] },
    {
      title: 'one that failed and was resolved as rolled back, again',
      history: [{ ...applied, finished_at: null, rolled_back_at: new Date() }],
      due: [one, two],
    },
  ])('$title', ({ history, due }) => {
    expect(migrationsDue([one, two], history)).toEqual(due);
  });

  test.each([
    { title: 'before later migrations', steps: 1, next: { name: '1_one', part: 'concurrent' } },
    { title: 'and only once', steps: 2, next: { name: '2_two', part: 'transaction' } },
  ])('the concurrent part follows its migration, $title', ({ steps, next }) => {
    const built = { ...one, concurrentSql: 'CREATE INDEX CONCURRENTLY' };
    const due = nextDue([built, two], [{ ...applied, applied_steps_count: steps }]);
    expect({ name: due?.migration.name, part: due?.part }).toEqual(next);
  });

  test('of a migration that was rolled back, the transaction is next', () => {
    const built = { ...one, concurrentSql: 'CREATE INDEX CONCURRENTLY' };
    expect(nextDue([built], [{ ...applied, rolled_back_at: new Date() }])?.part).toBe('transaction');
    expect(nextDue([one, two], [applied, { ...applied, migration_name: '2_two', checksum: 'b' }])).toBeUndefined();
  });

  test('every problem is told at once', () => {
    const history = [
      { ...applied, checksum: 'x' },
      { ...applied, migration_name: '3_three' },
    ];
    expect(() => migrationsDue([one, two], history)).toThrow(/1_one was changed.*3_three is unknown/);
  });
});

describe('D01 the server’s version', () => {
  /** The server, as one that says another version of itself. */
  async function serverSaying(version: string): Promise<{ url: string; close(): Promise<void> }> {
    const databaseUrl = await freshDatabase();
    const [own] = await query<{ version: string }>(
      databaseUrl,
      `SELECT current_setting('server_version_num') AS version`,
    );
    const rewrite = (chunk: Buffer) =>
      Buffer.from(chunk.toString('latin1').replaceAll(own?.version ?? '?', version), 'latin1');
    const proxy = await proxyBefore(databaseUrl, { rewrite });
    return { url: throughProxy(databaseUrl, proxy), close: proxy.close };
  }

  test.each(['140019', '090624'])('%s is refused, and nothing is written', async (version) => {
    const { url, close } = await serverSaying(version);
    await expect(migrate({ databaseUrl: url, statementTimeoutMs })).rejects.toThrow(/PostgreSQL 15 or later/);
    expect(await query(url, `SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([]);
    await close();
  });

  test.each(['150000', '180001'])('%s is taken', async (version) => {
    const { url, close } = await serverSaying(version);
    expect(await migrate({ databaseUrl: url, statementTimeoutMs })).toEqual(names);
    await close();
  });
});

test('D05 the statement timeout is in force on the connections of the pool, and follows the configuration', async () => {
  const databaseUrl = await freshDatabase();
  for (const timeoutMs of [10_000, 250]) {
    await migrate({ databaseUrl, statementTimeoutMs: timeoutMs });
    expect(await query(databaseUrl, `SELECT setting FROM pg_settings WHERE name = 'statement_timeout'`)).toEqual([
      { setting: String(timeoutMs) },
    ]);
  }
  const store = createStore({ databaseUrl, poolMax: 2, connectTimeoutMs: 3_000 }, createCipher(secretKey));
  const blocker = new Client({ connectionString: databaseUrl });
  await blocker.connect();
  try {
    await blocker.query('BEGIN; LOCK TABLE databases IN ACCESS EXCLUSIVE MODE');
    await expect(store.databases.get('default', 'x')).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('statement timeout'),
    });
    await blocker.query('ROLLBACK');
    expect(await store.databases.get('default', 'x')).toBeNull();
  } finally {
    await blocker.end();
    await store.close();
  }
});

test.each(['slipway', 'postgres', 'slipway_test_copy', ''])('D19 tests refuse a database named "%s"', (name) => {
  expect(() => requireTestName(`postgresql://u:p@127.0.0.1:5432/${name}`)).toThrow(/must end in _test/);
});

test('D19 a test’s database has a test’s name, and is made when it is missing', async () => {
  const databaseUrl = await freshDatabase();
  expect(() => requireTestName(databaseUrl)).not.toThrow();
  expect(await query(databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('D20 every test file begins with an empty database of its own, and leaves none', async () => {
  const [first, second] = [await createTestDatabase(), await createTestDatabase()];
  expect(first.name).not.toBe(second.name);
  const tables = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public'";
  expect(await query(first.url, tables)).toEqual([]);
  for (const { drop } of [first, second]) await drop();
  const names = [first.name, second.name];
  expect(await query(serverUrl(), 'SELECT 1 FROM pg_database WHERE datname = ANY($1)', [names])).toEqual([]);
});
