import type { Socket } from 'node:net';
import { freePort } from '../../dev/stack/ports';
import { probeAnswer, probeReady } from '../../postgres/probe';
import { awaitReady } from '../../postgres/readiness';
import { createListeners, errorResponse } from './listeners';
import { createWorkbench, majors, monitorAt, type Server } from './workbench';

const never = new AbortController().signal;
const login = { user: 'slipway_monitor', password: 'secret', database: 'postgres' };

describe('without an engine', () => {
  const listeners = createListeners();
  afterEach(() => listeners.closeAll());

  test.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['hangs up', (socket) => socket.destroy()],
    ['speaks another protocol', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['refuses with 57P03, as an engine does that is starting', (socket) => socket.end(errorResponse('57P03'))],
  ])('an open port that %s is no engine, and never ready (A18, A38)', async (_name, meet) => {
    const address = await listeners.open(meet);
    await expect(probeReady({ ...address, ...login }, 50)).rejects.toThrow();
    const patience = { intervalMs: 5, timeoutMs: 150 };
    await expect(awaitReady(() => probeReady({ ...address, ...login }, 50), patience, never)).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.not.stringContaining(login.password),
    });
  });

  test.each([
    ['28P01', true],
    ['28000', true],
    ['3D000', true],
    ['53300', true],
    ['57P03', false],
  ])('an engine that refuses a login with %s answers: %p (A18)', async (code, answers) => {
    const address = await listeners.open((socket) => socket.once('data', () => socket.end(errorResponse(code))));
    const probe = probeAnswer(address, 10_000);
    await (answers ? expect(probe).resolves.toBeUndefined() : expect(probe).rejects.toMatchObject({ code }));
  });

  test('a closed port does not answer', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    await expect(probeAnswer(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(probeReady({ ...address, ...login })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a probe is over within its time-out, and leaves no connection open', async () => {
    const closed: Promise<void>[] = [];
    const address = await listeners.open((socket) =>
      closed.push(new Promise((resolve) => socket.resume().once('close', () => resolve()))),
    );
    const started = performance.now();
    await expect(probeAnswer(address, 50)).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(1_000);
    await Promise.all(closed);
  });
});

describe.each(majors)('PostgreSQL %s', (version) => {
  const workbench = createWorkbench();
  let server: Server;
  beforeAll(async () => {
    server = await workbench.run(version);
  });
  afterAll(() => workbench.remove());

  test('it answers before it has any role of ours, and is ready with them (A18)', async () => {
    await server.psql("SET client_min_messages = 'warning'; DROP ROLE IF EXISTS slipway_monitor");
    await expect(probeAnswer(server.address)).resolves.toBeUndefined();
    await expect(probeReady(monitorAt(server))).rejects.toMatchObject({ code: '28P01' });
    await server.logins();
    await awaitReady(() => probeReady(monitorAt(server)), { intervalMs: 5, timeoutMs: 10_000 }, never);
  });

  test('what it says is who answers: another after a restart (A18)', async () => {
    await server.logins();
    const before = await probeReady(monitorAt(server));
    expect(before).toEqual({ startedAt: expect.stringMatching(/^\d{4}-/), inRecovery: false });
    expect(await probeReady(monitorAt(server))).toEqual(before);
    await server.stop();
    await expect(probeAnswer(server.address)).rejects.toThrow();
    await server.start();
    await server.answers();
    expect((await probeReady(monitorAt(server))).startedAt).not.toBe(before.startedAt);
  });

  test("a user's time-outs hold neither for the roles' making nor for the probe", async () => {
    const parameters = { statement_timeout: '1ms', lock_timeout: '1ms', idle_session_timeout: '1ms' };
    const hasty = await workbench.run(version, { parameters });
    expect(await hasty.logins()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await awaitReady(() => probeReady(monitorAt(hasty)), { intervalMs: 5, timeoutMs: 10_000 }, never);
  });

  test('an open port in front of an engine that is frozen is not ready (A18)', async () => {
    await server.logins();
    await workbench.docker.getContainer(server.name).pause();
    try {
      await expect(probeAnswer(server.address, 100)).rejects.toThrow();
      await expect(probeReady(monitorAt(server), 100)).rejects.toThrow();
    } finally {
      await workbench.docker.getContainer(server.name).unpause();
    }
    await expect(probeReady(monitorAt(server))).resolves.toMatchObject({ inRecovery: false });
  });
});
