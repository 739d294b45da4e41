import { poolerSpecOf } from '../../../postgres/sidecars/sidecars';
import { eventually } from '../../support/eventually';
import type { Server } from '../workbench';
import { createSidecarBench, poolerFiles, sidecarPasswords } from './workbench';

describe('what is wrong is said, with the tail of the log', () => {
  const bench = createSidecarBench(5_000);
  let server: Server;
  beforeAll(async () => {
    // A user's time-outs, which are none of the sidecars'.
    const parameters = { statement_timeout: '1ms', lock_timeout: '1ms' };
    server = await bench.run('17', { parameters });
    await server.logins();
    await bench.sidecars.ensurePoolerLogin(server.name, sidecarPasswords.pooler, {});
    await bench.sidecars.ensureExporterLogin(server.name, sidecarPasswords.exporter, {});
  });
  afterAll(() => bench.remove());

  test('a pooler that may not ask for verifiers is not_ready; with its password it is', async () => {
    const pooler = await bench.pooler(server);
    const refused = await bench.poolerReady(pooler, { password: 'wrong' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'not_ready',
      message: expect.stringMatching(/^the pooler did not respond within 5 s: /),
      details: { logTail: expect.stringContaining('password authentication failed for user "slipway_pooler"') },
    });
    await bench.poolerReady(pooler);
  });

  test('an exporter that may not log in is not_ready; with its password it is', async () => {
    const exporter = await bench.exporter(server);
    await expect(bench.exporterReady(exporter, 'wrong')).rejects.toMatchObject({
      code: 'not_ready',
      message: 'the exporter did not respond within 5 s: the exporter cannot reach its engine: pg_up 0',
      details: { logTail: expect.stringContaining('password authentication failed for user') },
    });
    await bench.exporterReady(exporter);
  });

  test('one that has ended is container_exited, with what its log says', async () => {
    const pooler = await bench.pooler(server, (place) => ({
      ...poolerSpecOf(place),
      command: ['sh', '-c', 'echo "the image has no pooler"; exit 69'],
    }));
    await eventually(async () =>
      expect(await bench.backend.inspectContainer(pooler.name)).toMatchObject({ state: 'exited', exitCode: 69 }),
    );
    await expect(bench.poolerReady(pooler)).rejects.toMatchObject({
      code: 'container_exited',
      details: { logTail: 'the image has no pooler' },
    });
  });

  test('one whose files find no room is backend_error, and shows nothing of them', async () => {
    const pooler = await bench.pooler(server);
    const call = bench.poolerReady(pooler, { password: 'x'.repeat(2_000_000) });
    await expect(call).rejects.toMatchObject({
      code: 'backend_error',
      message: expect.stringMatching(
        /^writing \/run\/slipway\/userlist\.txt in \S+ failed with exit code 1: .{1,100}$/,
      ),
    });
  });

  test('statements that the engine refuses are engine_error, with no verifier in it', async () => {
    await server.psql('ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()');
    await eventually(async () => {
      // The one that it has: it is set anew before the engine has reloaded.
      const call = bench.sidecars.ensurePoolerLogin(server.name, sidecarPasswords.pooler, {});
      const error = await call.catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'engine_error', message: expect.stringContaining('read-only') });
      expect(String(error)).not.toContain('SCRAM');
    });
    await server.psql('ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()');
  });

  test('a wait is over when its caller goes', async () => {
    const pooler = await bench.pooler(server);
    const caller = new AbortController();
    const { name, address } = pooler;
    const files = { ...poolerFiles, password: 'wrong' };
    const call = bench.sidecars.ensurePoolerReady({ name, address, files }, 'none', { signal: caller.signal });
    const reason = new Error('the caller is gone');
    setTimeout(() => caller.abort(reason), 50);
    await expect(call).rejects.toBe(reason);
  });
});
