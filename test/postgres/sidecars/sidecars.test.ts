import { Client } from 'pg';
import type { ConnectionInput } from '../../../postgres/connection';
import { scramVerifier } from '../../../postgres/scram';
import { sidecarDirectory } from '../../../postgres/sidecars/entrypoint';
import { eventually } from '../../support/eventually';
import { majors, passwords, type Server } from '../workbench';
import { createSidecarBench, ownerThrough, type Sidecar, sidecarPasswords } from './workbench';

describe.each(majors)('beside PostgreSQL %s', (version) => {
  const bench = createSidecarBench();
  const began = new Date();
  let server: Server;
  let pooler: Sidecar;
  let exporter: Sidecar;

  beforeAll(async () => {
    // The most that a user may ask of the log, and an end for every session that waits.
    const parameters = { log_min_duration_statement: '0', idle_session_timeout: '1s' };
    server = await bench.run(version, { parameters });
    await server.logins();
    // Of users' sessions: those of the sidecars are what it is for.
    await server.psql('ALTER ROLE app SET idle_session_timeout = 0');
    for (const _again of [false, true]) {
      await bench.sidecars.ensurePoolerLogin(server.name, sidecarPasswords.pooler, {});
      await bench.sidecars.ensureExporterLogin(server.name, sidecarPasswords.exporter, {});
    }
    [pooler, exporter] = await Promise.all([bench.pooler(server), bench.exporter(server)]);
    await Promise.all([bench.poolerReady(pooler), bench.exporterReady(exporter)]);
  });
  afterAll(() => bench.remove());

  test('the owner queries through the pooler, which finds the engine by its alias (A26)', async () => {
    const login = ownerThrough(pooler);
    expect(await rows(login, 'SELECT current_user AS me, current_database() AS db')).toEqual([
      { me: 'app', db: 'app' },
    ]);
    const sent = await rows(login, 'SELECT $1::text AS sent', ['yes']);
    expect(sent).toEqual([{ sent: 'yes' }]);
  });

  test.each([
    ['the owner with a wrong password', { user: 'app', password: 'wrong' }, 'SASL authentication failed'],
    [
      'the owner with its verifier for a password',
      { user: 'app', password: scramVerifier(passwords.owner) },
      'SASL authentication failed',
    ],
    ['the superuser', { user: 'postgres', password: 'known' }, 'no such user'],
    ['the superuser at home', { user: 'postgres', password: 'known', database: 'postgres' }, 'no such user'],
    ['nobody', { user: 'nobody', password: '' }, 'no such user'],
    ['a role that may not log in', { user: 'pg_monitor', password: '' }, 'no such user'],
    ['the owner, of the admin console', { user: 'app', ...adminConsole(passwords.owner) }, 'not allowed'],
    [
      'its own role, of the admin console',
      { user: 'slipway_pooler', ...adminConsole(sidecarPasswords.pooler) },
      'not allowed',
    ],
    ['somebody called as its admin', { user: 'pgbouncer', ...adminConsole('') }, 'not allowed'],
  ])('%s is refused', async (_who, login, message) => {
    await server.psql("ALTER ROLE postgres PASSWORD 'known'");
    await expect(rows({ ...ownerThrough(pooler), ...login }, 'SELECT 1')).rejects.toMatchObject({ message });
  });

  test('in transaction mode more clients than server connections, each with statements of its own', async () => {
    const clients = Array.from({ length: 8 }, () => new Client(ownerThrough(pooler)));
    try {
      await Promise.all(clients.map((client) => client.connect()));
      const query = { name: 'mine', text: 'SELECT pg_backend_pid() AS pid, $1::int AS asked' };
      const answers = await Promise.all(
        [...clients, ...clients].map(async (client, asked) => {
          const answer = await client.query<{ pid: number; asked: number }>({ ...query, values: [asked] });
          return answer.rows[0];
        }),
      );
      expect(answers.map((answer) => answer?.asked)).toEqual([...answers.keys()]);
      const servers = new Set(answers.map((answer) => answer?.pid));
      expect(servers.size).toBeGreaterThan(0);
      expect(servers.size).toBeLessThanOrEqual(2);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  test("the owner's new password holds at once, and the old one no more", async () => {
    await rows(ownerThrough(pooler), 'SELECT 1');
    await server.logins({ ...passwords, owner: 'another' });
    try {
      expect(await rows(ownerThrough(pooler, 'another'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await expect(rows(ownerThrough(pooler), 'SELECT 1')).rejects.toThrow('SASL authentication failed');
    } finally {
      await server.logins();
    }
    expect(await rows(ownerThrough(pooler), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('who logged in before the password changed does not keep out who logs in by the new one', async () => {
    const before = new Client(ownerThrough(pooler));
    before.on('error', () => undefined);
    await before.connect();
    await server.logins({ ...passwords, owner: 'another' });
    try {
      // With no server connection left, the pooler tries the old password, and remembers for a while that it failed.
      // Waits until the backends have ended: one that is ending would answer the query that follows.
      await server.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'");
      await expect(before.query('SELECT 1')).rejects.toThrow('password authentication failed');
      const login = ownerThrough(pooler, 'another');
      await eventually(async () => expect(await rows(login, 'SELECT 1 AS one')).toEqual([{ one: 1 }]), 2_000);
    } finally {
      await server.logins();
    }
  });

  test('verifiers are shown to the pooler alone, of logins that are no superuser’s', async () => {
    const shown = (login: string) => server.psql(`SELECT verifier LIKE 'SCRAM%' FROM slipway.login_of('${login}')`);
    expect(await shown('app')).toBe('t');
    for (const login of ['postgres', 'pg_monitor', 'nobody']) expect(await shown(login)).toBe('');
    await server.psql("CREATE ROLE late LOGIN PASSWORD 'late' VALID UNTIL 'yesterday'");
    expect(await server.psql("SELECT verifier IS NULL FROM slipway.login_of('late')")).toBe('t');
    await server.psql('DROP ROLE late');
    const ask = "SELECT * FROM slipway.login_of('app')";
    for (const [user, password] of [
      ['app', passwords.owner],
      ['slipway_monitor', passwords.monitor],
    ] as const) {
      const login = { ...server.address, user, password, database: 'postgres' };
      await expect(rows(login, ask)).rejects.toMatchObject({ code: '42501' });
    }
    const login = {
      ...server.address,
      user: 'slipway_pooler',
      password: sidecarPasswords.pooler,
      database: 'postgres',
    };
    expect(await rows(login, ask)).toEqual([{ name: 'app', verifier: expect.stringContaining('SCRAM') }]);
    await expect(rows(login, 'SELECT * FROM pg_authid')).rejects.toMatchObject({ code: '42501' });
  });

  test('the exporter has metrics of its engine, of statistics that only a monitor reads', async () => {
    const metrics = await metricsOf(exporter);
    expect(metrics).toContain('pg_up 1');
    expect(metrics).toContainEqual(
      expect.stringMatching(/^pg_stat_database_xact_commit\{.*datname="postgres".*\} [1-9]/),
    );
    // Nobody else but its owner and the monitors may ask for the size of the owner's database.
    expect(metrics).toContainEqual(expect.stringMatching(/^pg_database_size_bytes\{datname="app"\} [1-9]/));
    expect(await server.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'slipway_exporter'")).not.toBe('0');
  });

  test('no password is in what Docker keeps or tells of them, nor in a log; files are in memory only', async () => {
    // Docker keeps the last 256 events of the whole machine: there is a command of each among them now.
    await Promise.all([bench.poolerReady(pooler), bench.exporterReady(exporter)]);
    const secrets = [...Object.values(passwords), ...Object.values(sidecarPasswords), 'SCRAM-SHA-256$'];
    for (const { name } of [pooler, exporter]) {
      const told = JSON.stringify(await bench.events(name, began));
      expect(told).toContain('exec_create: timeout');
      const texts = [told, await bench.log(name), JSON.stringify(await bench.docker.getContainer(name).inspect())];
      for (const secret of secrets) for (const text of texts) expect(text).not.toContain(secret);
      expect(texts[1]).not.toBe('');
      // The mount point is all of it that is on a disk.
      const changed = (await bench.docker.getContainer(name).changes()) as { Path: string }[] | null;
      expect((changed ?? []).map(({ Path }) => Path).filter((path) => path.startsWith(`${sidecarDirectory}/`))).toEqual(
        [],
      );
      const command = [
        'sh',
        '-c',
        `stat -c '%a %u' ${sidecarDirectory} ${sidecarDirectory}/*; grep ' ${sidecarDirectory} ' /proc/mounts`,
      ];
      const { stdout } = await bench.backend.exec(name, { command, timeoutSeconds: 10 });
      expect(stdout).toMatch(/^700 10432\n(600 10432\n)+tmpfs \/run\/slipway tmpfs rw,/);
    }
    const log = await server.log();
    expect(log).toContain('slipway.login_of');
    for (const secret of secrets) expect(log).not.toContain(secret);
  });

  test('they are hardened, and cannot leave anything behind', async () => {
    for (const { name } of [pooler, exporter]) {
      const { HostConfig, Mounts } = await bench.docker.getContainer(name).inspect();
      expect(HostConfig).toMatchObject({
        ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, PidsLimit: 64 },
        ...{ Memory: 64 * 1024 ** 2, MemorySwap: 64 * 1024 ** 2, RestartPolicy: { Name: 'no' } },
      });
      expect(Mounts).toEqual([]);
    }
  });

  test('a new size and mode hold while clients stay connected, and nothing is lost by writing again (A11)', async () => {
    const client = new Client(ownerThrough(pooler));
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT 1 AS one');
      await bench.poolerReady(pooler);
      await bench.poolerReady(pooler, { poolSize: 5, mode: 'session' });
      await eventually(async () => expect(await serversAtOnce(pooler, 4)).toBe(4));
      expect((await client.query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
      await client.query('COMMIT');
    } finally {
      await client.end();
      await bench.poolerReady(pooler);
    }
  });

  test('new passwords of their own roles hold as soon as they are written', async () => {
    await bench.sidecars.ensurePoolerLogin(server.name, 'pooler-2', {});
    await bench.sidecars.ensureExporterLogin(server.name, 'exporter-2', {});
    await server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'slipway_%er'");
    await bench.poolerReady(pooler, { password: 'pooler-2' });
    await bench.exporterReady(exporter, 'exporter-2');
    expect(await rows(ownerThrough(pooler), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await bench.sidecars.ensurePoolerLogin(server.name, sidecarPasswords.pooler, {});
    await bench.sidecars.ensureExporterLogin(server.name, sidecarPasswords.exporter, {});
    await Promise.all([bench.poolerReady(pooler), bench.exporterReady(exporter)]);
  });

  test('an engine that was away is found again by both', async () => {
    await server.stop();
    await expect(rows(ownerThrough(pooler), 'SELECT 1', [], 2_000)).rejects.toThrow();
    expect(await metricsOf(exporter)).toContain('pg_up 0');
    await server.start();
    await server.answers();
    await eventually(
      async () => expect(await rows(ownerThrough(pooler), 'SELECT 1 AS one')).toEqual([{ one: 1 }]),
      5_000,
    );
    await eventually(async () => expect(await metricsOf(exporter)).toContain('pg_up 1'), 5_000);
  });

  test('both stop within a second, clients or not; after a start they serve once they have their files again', async () => {
    const client = new Client(ownerThrough(pooler));
    client.on('error', () => undefined);
    await client.connect();
    for (const { name, address, spec } of [pooler, exporter]) {
      const since = new Date();
      await bench.backend.stopContainer(name, spec.labels);
      expect(await bench.backend.inspectContainer(name)).toMatchObject({ state: 'exited', exitCode: 0 });
      const events = await bench.events(name, since);
      const at = (action: string) => Number(events.find(({ Action }) => Action === action)?.timeNano) / 1e6;
      expect(at('die') - at('kill')).toBeLessThan(1_000);
      await bench.backend.startContainer(name, spec.labels);
      const { stdout } = await bench.backend.exec(name, {
        command: ['ls', '-A', sidecarDirectory],
        timeoutSeconds: 10,
      });
      expect(stdout).toBe('');
      await expect(fetch(`http://${address.host}:${address.port}/`)).rejects.toThrow();
    }
    await Promise.all([bench.poolerReady(pooler), bench.exporterReady(exporter)]);
    expect(await rows(ownerThrough(pooler), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await metricsOf(exporter)).toContain('pg_up 1');
    for (const { name } of [pooler, exporter]) {
      const command = ['stat', '-c', '%a %u', sidecarDirectory];
      expect((await bench.backend.exec(name, { command, timeoutSeconds: 10 })).stdout).toBe('700 10432\n');
    }
  });
});

/** PgBouncer's own database. */
function adminConsole(password: string) {
  return { password, database: 'pgbouncer' };
}

/** How many server connections so many clients have at once. */
async function serversAtOnce(pooler: Sidecar, count: number): Promise<number> {
  const clients = Array.from({ length: count }, () => new Client({ ...ownerThrough(pooler), query_timeout: 1_000 }));
  for (const client of clients) client.on('error', () => undefined);
  try {
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => client.query('BEGIN')));
    const pids = clients.map(async (client) => (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);
    return new Set(await Promise.all(pids)).size;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** The metrics that these tests look at, one a line. */
async function metricsOf({ address: { host, port } }: Sidecar): Promise<string[]> {
  const lines = (await (await fetch(`http://${host}:${port}/metrics`)).text()).split('\n');
  return lines.filter((line) => /^(pg_up|pg_stat_database_xact_commit|pg_database_size_bytes)\b/.test(line));
}

async function rows(
  connection: ConnectionInput,
  sql: string,
  values: unknown[] = [],
  timeoutMs = 10_000,
): Promise<unknown[]> {
  const client = new Client({ ...connection, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
