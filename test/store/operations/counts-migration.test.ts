import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';

const folder = path.join(__dirname, '..', '..', '..', 'prisma', 'migrations');
const own = '20261128142006_operation_counts';
const migrations = readdirSync(folder, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .sort();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

async function apply(names: readonly string[]): Promise<void> {
  for (const name of names) await query(database.url, readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'));
}

const end = `UPDATE operations SET state = 'succeeded', ended_at = created_at + interval '2 seconds' WHERE id = 'open'`;

test('an upgrade counts the operations of the versions before once, and every end after it (M60)', async () => {
  await apply(migrations.filter((name) => name < own));
  await query(
    database.url,
    `INSERT INTO operations
       (id, tenant_id, database_id, database_name, kind, input, state, generation, requested_by, request_id, created_at, ended_at)
     SELECT id, 'default', id, id, 'stop', '{}', CASE WHEN days IS NULL THEN 'running' ELSE 'succeeded' END, 1, 'ada', 'r',
       now() - coalesce(days, 0) * interval '1 day' - interval '2 seconds', now() - days * interval '1 day'
     FROM (VALUES ('old', 400), ('older', 30), ('new', 0), ('open', NULL)) AS made (id, days)`,
  );
  await apply(migrations.filter((name) => name === own));
  const counts = 'SELECT kind, state, count::int, seconds FROM operation_counts';
  expect(await query(database.url, counts)).toEqual([{ kind: 'stop', state: 'succeeded', count: 3, seconds: 6 }]);

  // As a process of the version before ends one; a transaction that is rolled back has ended none.
  await query(database.url, `BEGIN; ${end}; ROLLBACK`);
  await query(database.url, end);
  await query(database.url, end);
  expect(await query(database.url, counts)).toEqual([{ kind: 'stop', state: 'succeeded', count: 4, seconds: 8 }]);
});
