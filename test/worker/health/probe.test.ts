import { pino } from 'pino';
import { DatabaseError } from '../../../domain/errors';
import { type CheckError, checkError } from '../../../domain/health/check-errors';
import type { CheckRun } from '../../../store/health/monitoring';
import { createProbe, inspectTimeoutMs, type ProbeSettings } from '../../../worker/health/probe';

const refused = checkError('connection_refused', 'connect ECONNREFUSED 127.0.0.1:20000');

const run: CheckRun = {
  id: 'check',
  tenantId: 'default',
  databaseId: 'orders',
  databaseName: 'orders',
  version: '17',
  disruption: 1,
  countedIn: 1,
  since: new Date(),
  instanceName: 'primary',
  hostId: 'host-a',
  isElsewhere: false,
  address: { host: '127.0.0.1', port: 20_000 },
  holder: 'somebody',
  overdueMs: 0,
  intervalSeconds: 60,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
  state: 'up',
  successes: 1,
  failures: 0,
};

const probe = (
  check: () => Promise<CheckError | null>,
  backend: Partial<ProbeSettings['backend']> = {},
  changes: Partial<CheckRun> = {},
) =>
  createProbe({
    engine: { check },
    backend: { inspectContainer: async () => null, logs: async () => [], ...backend },
    installation: 'installation',
    logger: pino({ level: 'silent' }),
  })({ ...run, ...changes });

test('an engine in which nothing is wrong is not looked at further', async () => {
  const inspectContainer = jest.fn();
  expect(await probe(async () => null, { inspectContainer })).toEqual({ error: null, latencyMs: expect.any(Number) });
  expect(inspectContainer).not.toHaveBeenCalled();
});

test('a failure is explained by the container, which is named (E05)', async () => {
  const name = 'slipway-installation-orders-primary';
  const inspectContainer = jest.fn(async () => null);
  const { error } = await probe(async () => refused, { inspectContainer });
  expect(error).toEqual({ code: 'container_missing', message: `container ${name} does not exist` });
  expect(inspectContainer).toHaveBeenCalledWith(name, expect.anything());
});

test.each<[string, ProbeSettings['backend']['inspectContainer']]>([
  ['fails', () => Promise.reject(new DatabaseError('backend_unavailable', 'the host is away'))],
  ['never ends', () => new Promise(() => undefined)],
])('where the look at the container %s, what the connection said stands (E04, E05)', async (_how, inspectContainer) => {
  const started = performance.now();
  expect((await probe(async () => refused, { inspectContainer })).error).toEqual(refused);
  expect(performance.now() - started).toBeLessThan(inspectTimeoutMs + 1_500);
});

test('of a database on another host, the container is not looked at', async () => {
  const inspectContainer = jest.fn();
  const elsewhere = { isElsewhere: true, address: { host: '10.9.9.9', port: 20_000 } };
  expect((await probe(async () => refused, { inspectContainer }, elsewhere)).error).toEqual(refused);
  expect((await probe(async () => null, { inspectContainer }, elsewhere)).error).toBeNull();
  expect(inspectContainer).not.toHaveBeenCalled();
});

test('a loopback address of another host is not asked: something else may answer there (M39)', async () => {
  const check = jest.fn(async () => null);
  const { error } = await probe(check, {}, { isElsewhere: true });
  expect(error).toMatchObject({ code: 'host_silent' });
  expect(check).not.toHaveBeenCalled();
});

test('an engine that hangs has its own time and no more (E04)', async () => {
  const inspectContainer = () => Promise.reject(new Error('the host is away'));
  const { error, latencyMs } = await probe(() => new Promise(() => undefined), { inspectContainer });
  expect(error?.code).toBe('timeout');
  expect(latencyMs).toBeGreaterThanOrEqual(990);
  expect(latencyMs).toBeLessThan(2_500);
});

test('where the engine could not be asked at all, nothing is said of it', async () => {
  const away = new DatabaseError('store_unavailable', 'the store is away');
  await expect(probe(() => Promise.reject(away))).rejects.toBe(away);
});
