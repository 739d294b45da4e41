import { Client } from 'pg';
import type { ConnectionInput } from '../../postgres/connection';
import { identifier, literal, loginsSql, psqlCommand } from '../../postgres/logins';
import { eventually } from '../support/eventually';
import { createWorkbench, majors, monitorAt, ownerAt, passwords, type Server } from './workbench';

test.each([
  ['app', '"app"', "'app'"],
  ['a"b', '"a""b"', `'a"b'`],
  ["o'b", `"o'b"`, "'o''b'"],
  ['back\\slash', '"back\\slash"', "'back\\slash'"],
  ['"; DROP ROLE x; --', '"""; DROP ROLE x; --"', `'"; DROP ROLE x; --'`],
])('%s as an identifier and as a literal', (text, quotedIdentifier, quotedLiteral) => {
  expect(identifier(text)).toBe(quotedIdentifier);
  expect(literal(text)).toBe(quotedLiteral);
});

test('nothing is logged from before the first verifier on', () => {
  const sql = loginsSql({ owner: 'OWNER-VERIFIER', monitor: 'MONITOR-VERIFIER' });
  const before = sql.slice(0, sql.indexOf('VERIFIER'));
  expect(before).toContain("SET log_statement = 'none'");
  expect(before).toContain('SET log_min_duration_statement = -1');
  expect(before).toContain("SET log_min_error_statement = 'panic'");
  expect(before).toContain('SET track_activities = off');
});

describe.each(majors)('PostgreSQL %s', (version) => {
  const workbench = createWorkbench();
  let server: Server;
  beforeAll(async () => {
    // The most that a user may ask of the log.
    server = await workbench.run(version, { parameters: { log_min_duration_statement: '0' } });
    expect(await server.logins()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
  afterAll(() => workbench.remove());

  test('both roles log in by their passwords over TCP, and only by them', async () => {
    expect(await rows(ownerAt(server), 'SELECT current_user AS me')).toEqual([{ me: 'app' }]);
    expect(await rows(monitorAt(server), 'SELECT current_user AS me')).toEqual([{ me: 'slipway_monitor' }]);
    await expect(rows({ ...ownerAt(server), password: 'wrong' }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('the superuser is refused over TCP, whatever the password', async () => {
    await server.psql("ALTER ROLE postgres PASSWORD 'known'");
    const login = { ...server.address, user: 'postgres', password: 'known', database: 'postgres' };
    await expect(rows(login, 'SELECT 1')).rejects.toMatchObject({ code: '28000' });
  });

  test.each([
    ['app', 'user postgres as another role'],
    ['slipway_monitor', 'user postgres as the monitor'],
  ])('the socket is the superuser alone, by peer: not for %s', async (user) => {
    const { exitCode, stderr } = await server.exec([
      'psql',
      '--username',
      user,
      '--dbname=postgres',
      '--command=SELECT 1',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no pg_hba.conf entry');
  });

  test('another user of the container is not the superuser', async () => {
    const exec = await workbench.docker
      .getContainer(server.name)
      .exec({ Cmd: ['psql', '--username=postgres', '--command=SELECT 1'], User: '65534', AttachStderr: true });
    const stream = await exec.start({});
    await new Promise((resolve) => stream.on('end', resolve).resume());
    expect((await exec.inspect()).ExitCode).toBe(2);
  });

  test('the owner owns its database and its schema, and has no right beyond', async () => {
    const role = 'SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles';
    expect(await rows(ownerAt(server), `${role} WHERE rolname = current_user`)).toEqual([
      { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false, rolbypassrls: false },
    ]);
    await rows(ownerAt(server), 'CREATE TABLE public.ships (name text); CREATE SCHEMA yard; DROP TABLE public.ships');
    for (const statement of [
      "SELECT pg_read_file('/etc/passwd')",
      "COPY (SELECT 1) TO PROGRAM 'true'",
      'CREATE ROLE x',
    ]) {
      await expect(rows(ownerAt(server), statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test("nobody else may connect to the owner's database, the monitor included", async () => {
    const login = { ...monitorAt(server), database: 'app' };
    await expect(rows(login, 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });

  test('the monitor reads statistics and no data', async () => {
    const [result] = await rows(monitorAt(server), "SELECT pg_has_role('pg_read_all_stats', 'MEMBER') AS reads");
    expect(result).toEqual({ reads: true });
    await expect(rows(monitorAt(server), 'SELECT * FROM pg_authid')).rejects.toMatchObject({ code: '42501' });
  });

  test('making them again is harmless, and sets new passwords (A11)', async () => {
    await rows(ownerAt(server), 'CREATE TABLE kept AS SELECT 1 AS one');
    // What somebody changed by hand is put right.
    await server.psql('ALTER ROLE app CREATEDB');
    expect(await server.logins({ ...passwords, owner: 'another' })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const login = { ...ownerAt(server), password: 'another' };
    expect(await rows(login, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await expect(rows(ownerAt(server), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await server.psql("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'app'")).toBe('f');
    await server.logins();
    await rows(ownerAt(server), 'DROP TABLE kept');
  });

  test('no verifier and no password is in the log, not even when a statement fails', async () => {
    const canary = 'SCRAM-SHA-256$4096:canary$canary:canary';
    const broken = loginsSql({ owner: canary, monitor: canary }).replace('PASSWORD', 'PASSWORT');
    const { exitCode, stderr } = await server.exec(psqlCommand, broken);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('unrecognized role option');
    expect(stderr).not.toContain('canary');
    // The log does hold statements, as it was told to: an empty one would prove nothing.
    await server.psql("SELECT 'in the log'");
    const log = await eventually(async () => {
      const text = await server.log();
      expect(text).toContain("SELECT 'in the log'");
      return text;
    });
    for (const secret of ['SCRAM-SHA-256$', 'canary', ...Object.values(passwords)]) expect(log).not.toContain(secret);
  });

  test('when users have taken every connection, the monitor still gets one (since 16)', async () => {
    if (Number(version) < 16) return;
    const small = await workbench.run(version, { parameters: { max_connections: '10' } });
    await small.logins();
    const clients = Array.from({ length: 5 }, () => new Client(ownerAt(small)));
    try {
      await Promise.all(clients.map((client) => client.connect()));
      await expect(rows(ownerAt(small), 'SELECT 1')).rejects.toMatchObject({ code: '53300' });
      expect(await rows(monitorAt(small), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });
});

async function rows(connection: ConnectionInput, sql: string): Promise<unknown[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
