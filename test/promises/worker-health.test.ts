import { freePort } from '../../dev/stack/ports';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Program, startProgram } from '../support/program';
import { testEnvironment } from '../support/slipway';
import { proxyBefore, throughProxy } from '../support/tcp-proxy';

let database: TestDatabase;
const programs: Program[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
});
afterAll(() => database.drop());

/** A worker with these settings, and a reader of its health routes. */
async function startWorker(settings: Readonly<Record<string, string>>) {
  const address = `127.0.0.1:${await freePort()}`;
  const environment = { ...testEnvironment(database), LOG_LEVEL: 'info', SLIPWAY_WORKER_HEALTH_ADDRESS: address };
  const program = startProgram('worker.js', { ...environment, ...settings });
  programs.push(program);
  await program.line(({ msg }) => msg === 'ready');
  return async (path: string) => {
    const response = await fetch(`http://${address}${path}`);
    return { status: response.status, body: await response.json() };
  };
}

const healthy = { database: { status: 'healthy' }, temporal: { status: 'healthy' } };

test.each([
  { reconciler: 'configured', healthChecks: 'configured', settings: {} },
  {
    reconciler: 'not_configured',
    healthChecks: 'configured',
    settings: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0' },
  },
  { reconciler: 'configured', healthChecks: 'not_configured', settings: { SLIPWAY_HEALTH_CHECKS: 'false' } },
])('a worker whose reconciler is $reconciler and checks are $healthChecks is ready, and shows that', async (row) => {
  const { settings, reconciler, healthChecks } = row;
  const defaults = { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '15', SLIPWAY_HEALTH_CHECKS: 'true' };
  const read = await startWorker({ ...defaults, ...settings });
  expect(await read('/readyz')).toEqual({
    status: 200,
    body: {
      ready: true,
      connections: healthy,
      parts: { reconciler: { status: reconciler }, healthChecks: { status: healthChecks } },
    },
  });
});

test('without the store a worker is alive and not ready, with the reason, until the store is back', async () => {
  const proxy = await proxyBefore(database.url);
  try {
    const read = await startWorker({ DATABASE_URL: throughProxy(database.url, proxy) });
    proxy.cut();
    expect(await read('/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, reason: 'database_unhealthy', connections: { temporal: { status: 'healthy' } } },
    });
    expect(await read('/livez')).toEqual({ status: 200, body: { live: true } });
    proxy.mend();
    await eventually(async () => expect((await read('/readyz')).status).toBe(200));
  } finally {
    await proxy.close();
  }
});
