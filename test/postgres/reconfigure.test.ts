import { candidateConf, reconfigureCommand, reconfigureExit, refusalIn } from '../../postgres/reconfigure';
import { settingsOf } from '../../postgres/settings';
import { createWorkbench, majors, type Server } from './workbench';

const workbench = createWorkbench();
afterEach(() => workbench.remove());

const size = { nanoCpus: 1_000_000_000, memoryBytes: 512 * 1024 ** 2 };

async function reconfigure({ name, spec, exec }: Server, settings: Record<string, string>) {
  const { mountPath } = spec.volume;
  await workbench.backend.putFiles(name, mountPath, [candidateConf(settings)]);
  return exec(reconfigureCommand(mountPath));
}

describe.each(majors)('PostgreSQL %s', (version) => {
  test('it takes new settings without a restart, for every session that comes after', async () => {
    const server = await workbench.run(version, { size });
    const before = await server.psql("SELECT pg_postmaster_start_time() AT TIME ZONE 'UTC'");
    const settings = settingsOf({ version, ...size, parameters: { work_mem: '7MB', timezone: 'Europe/Berlin' } });
    expect(await reconfigure(server, settings)).toMatchObject({ exitCode: 0 });
    expect(await server.psql('SHOW work_mem')).toBe('7MB');
    expect(await server.psql('SHOW timezone')).toBe('Europe/Berlin');
    expect(await server.psql("SELECT pg_postmaster_start_time() AT TIME ZONE 'UTC'")).toBe(before);
  });

  test.each([
    [{ work_mem: 'much' }, /invalid value for parameter "work_mem"/],
    [{ max_connections: '0' }, /0 is outside the valid range for parameter "max_connections"/],
    [{ nonsense: 'on' }, /unrecognized configuration parameter "nonsense"/],
  ])('it refuses %p in its own words and keeps what it had', async (parameters, words) => {
    const server = await workbench.run(version, { size, parameters: { work_mem: '5MB' } });
    const settings = settingsOf({ version, ...size, parameters: { jit: 'off', ...(parameters as object) } });
    const { exitCode, stderr } = await reconfigure(server, settings);
    expect({ exitCode, words: refusalIn(stderr) }).toEqual({
      exitCode: reconfigureExit.refused,
      words: expect.stringMatching(words),
    });
    await server.psql('SELECT pg_reload_conf()');
    expect(await server.psql('SHOW work_mem')).toBe('5MB');
  });
});
