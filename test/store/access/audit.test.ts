import { Client } from 'pg';
import { migrate } from '../../../store/connection/migrate';
import { createTestDatabase, query } from '../../support/database';
import { ada, openTestStore, type TestStore, uniqueName } from '../../support/test-store';

// What stands in the audit stays as it was written, and a change of it by whoever may change anything is seen.

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
});
afterEach(() => bench.close());

async function written(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await bench.store.tenants.create(uniqueName(), ada);
}

/** As somebody who is a superuser, and means it. */
async function tamper(sql: string): Promise<void> {
  await bench.rows(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`);
}

async function problems(known: { place: number; digest: string }[] = []): Promise<readonly string[]> {
  return (await bench.store.auditChain.verify(known)).problems;
}

test('entries are chained once they are committed, whoever seals them', async () => {
  await written(3);
  expect(await bench.store.auditChain.verify()).toMatchObject({ head: { place: 0 }, waiting: 3, problems: [] });
  await Promise.all([1, 2, 3].map(() => bench.store.auditChain.seal()));
  const { head, ...rest } = await bench.store.auditChain.verify();
  expect(rest).toEqual({ waiting: 0, problems: [] });
  expect(head).toEqual({ place: 3, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await written(1);
  await bench.store.auditChain.seal();
  expect(await bench.store.auditChain.verify([head])).toMatchObject({ head: { place: 4 }, waiting: 0, problems: [] });
});

test('more entries than are read together are one chain', async () => {
  await bench.rows(`INSERT INTO audit_entries (actor, action, resource_kind, resource_id, resource_name, outcome, at)
    SELECT 'ada', 'host.update', 'host', 'host-' || i, '', 'succeeded', now() FROM generate_series(1, 1100) AS i`);
  await bench.store.auditChain.seal();
  expect(await bench.store.auditChain.verify()).toMatchObject({ head: { place: 1100 }, waiting: 0, problems: [] });
});

test.each([
  ['an actor', `UPDATE audit_entries SET actor = 'nobody' WHERE id = 2`, /^entry 2 at place 2 was changed$/],
  ['a time', `UPDATE audit_entries SET at = at - interval '1 hour' WHERE id = 2`, /^entry 2 at place 2 was changed$/],
  ['what was so after', `UPDATE audit_entries SET after = '{}' WHERE id = 2`, /^entry 2 at place 2 was changed$/],
  ['an entry that is gone', 'DELETE FROM audit_entries WHERE id = 2', /^entry 2 at place 2 is missing$/],
  ['an entry without its seal', 'DELETE FROM audit_seals WHERE entry_id = 2', /^place 2 of the chain is missing$/],
  [
    'an entry that is kept from being sealed',
    `INSERT INTO audit_entries (actor, action, resource_kind, resource_id, resource_name, outcome, at)
       VALUES ('eve', 'key.create', 'key', 'k', '', 'succeeded', now())`,
    /^1 entries are neither sealed nor waiting to be sealed$/,
  ],
])('a change is seen: %s', async (_what, sql, problem) => {
  await written(3);
  await bench.store.auditChain.seal();
  expect(await problems()).toEqual([]);
  await tamper(sql);
  expect(await problems()).toContainEqual(expect.stringMatching(problem));
});

test('an end that was cut off, or written anew, is seen by a head that was kept elsewhere', async () => {
  await written(3);
  await bench.store.auditChain.seal();
  const { head } = await bench.store.auditChain.verify();
  await tamper('DELETE FROM audit_seals WHERE place = 3; DELETE FROM audit_entries WHERE id = 3');
  expect(await problems()).toEqual([]);
  expect(await problems([head])).toEqual(['place 3 of the chain is missing']);
  await written(1);
  await bench.store.auditChain.seal();
  expect(await problems()).toEqual([]);
  expect(await problems([head])).toEqual(['place 3 does not match the known digest']);
});

test.each(['audit_entries', 'audit_seals'])('nobody changes %s, not even a superuser by mistake', async (table) => {
  await written(1);
  await bench.store.auditChain.seal();
  for (const sql of [`UPDATE ${table} SET entry_id = 7`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
    const wanted = table === 'audit_entries' ? sql.replace('entry_id = 7', `actor = 'eve'`) : sql;
    await expect(bench.rows(wanted)).rejects.toThrow(/the audit is only added to/);
  }
});

test('the store’s own user has no right to change it', async () => {
  const role = uniqueName().replaceAll('-', '_');
  const database = await createTestDatabase();
  try {
    await query(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'x' CREATEROLE`);
    await query(
      database.url,
      `ALTER SCHEMA public OWNER TO ${role}; GRANT slipway_tenant TO ${role} WITH ADMIN OPTION`,
    );
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    await migrate({ databaseUrl: url.href, statementTimeoutMs: 5_000 });
    const client = new Client({ connectionString: url.href });
    await client.connect();
    try {
      for (const table of ['audit_entries', 'audit_seals']) {
        for (const sql of [`UPDATE ${table} SET digest = ''`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
          const wanted = table === 'audit_entries' ? sql.replace(`digest = ''`, `actor = 'eve'`) : sql;
          await expect(client.query(wanted)).rejects.toThrow(`permission denied for table ${table}`);
        }
      }
    } finally {
      await client.end();
    }
  } finally {
    await database.drop();
    await query(bench.database.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
