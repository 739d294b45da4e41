import { entrypointCommand, entrypointExit } from '../../postgres/entrypoint';
import { required } from '../support/database';
import { eventually } from '../support/eventually';
import { createWorkbench, majors } from './workbench';

/** How a data directory comes to be is the subject: by the real `initdb`. */
const workbench = createWorkbench(required('SLIPWAY_TEST_ENGINE_IMAGES'));
afterEach(() => workbench.remove());

/** Less than the container's stop timeout (60 s), after which Docker kills, by far. */
const promptMs = 10_000;

test.each([
  ['15', '/var/lib/postgresql/data'],
  ['17', '/var/lib/postgresql/data'],
  ['18', '/var/lib/postgresql'],
])('%s has its data where the official image declares a volume', (version, mountPath) => {
  expect(entrypointCommand(version).slice(3)).toEqual(['slipway-entrypoint', mountPath]);
});

describe.each(majors)('PostgreSQL %s', (version) => {
  test('an empty volume becomes a database with checksums, and a restart keeps what is in it', async () => {
    const server = await workbench.run(version);
    expect(await server.psql('SHOW data_checksums; SHOW server_encoding; SHOW fsync; SHOW config_file')).toBe(
      ['on', 'UTF8', 'on', `${server.spec.volume.mountPath}/postgresql.conf`].join('\n'),
    );
    await server.psql("CREATE TABLE ships (name text); INSERT INTO ships VALUES ('Fram')");
    await server.stop();
    expect((await server.inspect())?.exitCode).toBe(0);
    await server.start();
    await server.answers();
    expect(await server.psql('SELECT name FROM ships')).toBe('Fram');
    const { stdout } = await server.exec(['ls', '-A', server.spec.volume.mountPath]);
    expect(stdout.trim().split('\n')).toEqual(['lock', 'pg_hba.conf', 'pgdata', 'postgresql.conf']);
  });

  test('what a committed transaction wrote is there after a kill', async () => {
    const server = await workbench.run(version);
    await server.psql("CREATE TABLE ships (name text); INSERT INTO ships VALUES ('Gjøa')");
    await server.kill();
    await server.exits();
    await server.start();
    await server.answers();
    expect(await server.psql('SELECT name FROM ships')).toBe('Gjøa');
  });

  test.each([
    ['killed', 'kill', 137],
    ['told to stop', 'stop', entrypointExit.stopped],
  ] as const)('an initdb that was %s half-way is recognised and begun again', async (_how, end, code) => {
    const server = await workbench.create(version);
    await server.start();
    await eventually(async () => {
      const { exitCode } = await server.exec(['test', '-e', `${server.spec.volume.mountPath}/pgdata.new/base/1`]);
      expect(exitCode).toBe(0);
    });
    const told = performance.now();
    await server[end]();
    expect(await server.exits()).toMatchObject({ code });
    expect(performance.now() - told).toBeLessThan(promptMs);
    await workbench.inVolume(server, 'test -e pgdata.new && test -e initialize && test ! -e pgdata');
    await server.start();
    await server.answers();
    expect(await server.psql('SHOW data_checksums')).toBe('on');
  });

  test('no data and no permission to make some: 66, and the volume is left as it was (A08)', async () => {
    const server = await workbench.create(version, { initialized: true });
    await server.start();
    const { code, log } = await server.exits();
    expect(code).toBe(entrypointExit.noData);
    expect(log).toContain('slipway: no data directory and no permission to make one');
    await workbench.inVolume(server, 'test "$(ls -A | tr "\\n" " ")" = "lock pg_hba.conf postgresql.conf "');
  });

  test('the permission holds once: data that is gone is not replaced by an empty database (A08)', async () => {
    const server = await workbench.run(version);
    await server.stop();
    await workbench.inVolume(server, 'rm -rf pgdata');
    await server.start();
    expect(await server.exits()).toMatchObject({ code: entrypointExit.noData });
  });

  test('a second server on the same volume is refused, and the first goes on', async () => {
    const first = await workbench.run(version);
    const second = await workbench.create(version, {}, first);
    await second.start();
    const { code, log } = await second.exits();
    expect(code).toBe(entrypointExit.volumeLocked);
    expect(log).toContain('slipway: another server has this volume');
    expect(await first.psql('SELECT 1')).toBe('1');
    // The lock goes with the server, even with one that was killed.
    await first.kill();
    await first.exits();
    await second.start();
    await second.answers();
  });

  test('every process of the server holds the lock, so that it lasts while one of them does', async () => {
    const server = await workbench.run(version);
    const script = 'for pid in /proc/[0-9]*; do grep -qx postgres $pid/comm && readlink $pid/fd/9; done; true';
    const { stdout } = await server.exec(['bash', '-c', script]);
    const held = stdout.trim().split('\n');
    // The postmaster, checkpointer, background writer, WAL writer and autovacuum launcher at least.
    expect(held.length).toBeGreaterThanOrEqual(5);
    expect(new Set(held)).toEqual(new Set([`${server.spec.volume.mountPath}/lock`]));
  });

  test('it runs in the least container there is', async () => {
    const server = await workbench.run(version, { size: { memoryBytes: 128 * 1024 ** 2, nanoCpus: 1e9 } });
    expect(await server.psql('SELECT count(*) FROM generate_series(1, 100000)')).toBe('100000');
    expect((await server.inspect())?.oomKilled).toBe(false);
  });
});

describe('what else is in the volume', () => {
  const version = majors[0] ?? '';

  test.each([
    ['a file', 'touch "my file"', 'my file'],
    ['a hidden file', 'touch .hidden', '.hidden'],
    ['a data directory of another making', 'mkdir data && touch data/PG_VERSION', 'data'],
    ['data at its own root', 'touch PG_VERSION', 'PG_VERSION'],
    ['a name like one of ours', 'touch "lock pgdata.new"', 'lock pgdata.new'],
    ['a file in the place of the data', 'touch pgdata', 'pgdata'],
  ])('a volume that holds %s is refused, and nothing in it touched', async (_what, prepare, name) => {
    const server = await workbench.create(version);
    await workbench.inVolume(server, prepare);
    await server.start();
    const { code, log } = await server.exits();
    expect(code).toBe(entrypointExit.foreignVolume);
    expect(log).toContain(`slipway: the volume holds ${name}, which is not ours`);
    await workbench.inVolume(server, `test -e "${name}" && test ! -e pgdata.new && test -e initialize`);
  });

  test("a file system's lost+found and the link of an official image are no foreign data", async () => {
    const server = await workbench.create(version);
    await workbench.inVolume(server, 'mkdir lost+found; ln -s . data');
    await server.start();
    await server.answers();
  });
});
