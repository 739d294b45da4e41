import path from 'node:path';
import { digestOf } from '../../domain/access/keys';
import { createTestDatabase, query, type TestDatabase } from '../support/database';
import { type Ended, runNode } from '../support/run-node';

const keyLine = /^slw_([a-z2-7]{12})_[A-Za-z0-9_-]{49}\n$/;

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** The command as in production, with nothing in its environment but the store. */
function keys(args: readonly string[], environment: Record<string, string> = { DATABASE_URL: database.url }) {
  return runNode(path.join('dist', 'commands', 'main.js'), ['keys', ...args], environment);
}

const idOf = ({ stdout }: Ended) => keyLine.exec(stdout)?.[1] ?? '';
const rows = (sql: string) => query<Record<string, unknown>>(database.url, sql);

test('the first key is made on an empty store, and printed once: a line on stdout, and nothing else there', async () => {
  const made = await keys(['create', '--role', 'admin']);
  expect(made).toEqual({
    code: 0,
    stdout: expect.stringMatching(keyLine),
    stderr: expect.stringContaining('admin of'),
  });
  const [kept, ...others] = await rows(
    'SELECT id, name, role, tenant_id, expires_at, created_by, digest FROM api_keys',
  );
  const digest = digestOf(made.stdout.trim());
  const fields = { name: 'admin', role: 'admin', tenant_id: null, expires_at: null, created_by: 'command' };
  expect([kept, ...others]).toEqual([{ id: idOf(made), digest, ...fields }]);
  const listed = await keys(['list']);
  expect(listed.stdout).toBe(`${idOf(made)}  admin  admin of the installation  does not expire  never used\n`);
  expect(listed.stdout + made.stderr + listed.stderr).not.toContain(made.stdout.trim().slice(20));
});

test('a key may be of a tenant, have a name, and expire', async () => {
  const args = ['create', '--role', 'viewer', '--name', 'grafana', '--tenant', 'default', '--expires-in', '90d'];
  expect((await keys(args)).code).toBe(0);
  const days = `round(extract(epoch FROM expires_at - now()) / 86400)::int AS days`;
  expect(await rows(`SELECT name, role, tenant_id, ${days} FROM api_keys`)).toEqual([
    { name: 'grafana', role: 'viewer', tenant_id: 'default', days: 90 },
  ]);
});

test('a key is revoked, but not the last of an administrator', async () => {
  const [first, second] = [await keys(['create', '--role', 'admin']), await keys(['create', '--role', 'admin'])];
  expect(await keys(['revoke', idOf(first)])).toMatchObject({ code: 0 });
  expect(await keys(['revoke', idOf(second)])).toMatchObject({ code: 1, stderr: expect.stringContaining('last') });
  expect(await keys(['revoke', idOf(first)])).toMatchObject({ code: 1, stderr: `key ${idOf(first)} not found\n` });
  expect(await rows('SELECT id FROM api_keys')).toEqual([{ id: idOf(second) }]);
});

test.each([
  { args: [], says: 'there is no command' },
  { args: ['make'], says: 'there is no command make' },
  { args: ['create'], says: '--role' },
  { args: ['create', '--role', 'root'], says: '--role' },
  { args: ['create', '--role', 'admin', '--name', 'A B'], says: '--name' },
  { args: ['create', '--role', 'admin', '--expires-in', 'soon'], says: '--expires-in' },
  { args: ['create', '--role', 'admin', '--force'], says: '--force' },
  { args: ['list', 'all'], says: 'all' },
  { args: ['revoke'], says: 'the id of one key' },
])('$args is refused, with how it is used', async ({ args, says }) => {
  const { code, stdout, stderr } = await keys(args);
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).toContain('keys create --role');
});

test('for a tenant that is not there, or without a store, it says so', async () => {
  const unknown = await keys(['create', '--role', 'admin', '--tenant', 'aaaaaaaaaaaa']);
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: 'tenant aaaaaaaaaaaa not found\n' });
  expect(await keys(['list'], {})).toMatchObject({ code: 78, stderr: expect.stringContaining('DATABASE_URL') });
});
