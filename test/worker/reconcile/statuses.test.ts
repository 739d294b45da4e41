import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { createDrifting, type Drifting } from '../../support/drifting';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let answer: () => Promise<string[]> = async () => [];
let slipway: Slipway;
let drifting: Drifting;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend, { observe: () => answer() }),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' },
  });
  drifting = createDrifting(slipway, backend);
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  answer = async () => [];
});

test('what is seen of an instance: the engine’s answer, the container, what a restart would change (B04, C11)', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  answer = async () => ['shared_buffers'];
  await drifting.instanceOnce(id, {
    status: 'healthy',
    statusDetail: null,
    observedAt: expect.any(String),
    pendingRestart: ['shared_buffers'],
    container: { state: 'running', exitCode: null, oomKilled: false, restarts: 0, startedAt: expect.any(String) },
  });
  answer = async () => {
    throw new DatabaseError('not_ready', 'the engine does not answer: ECONNREFUSED');
  };
  // Its container runs: that is nothing to repair. What awaits a restart still does.
  await drifting.instanceOnce(id, {
    status: 'unhealthy',
    statusDetail: expect.stringContaining('ECONNREFUSED'),
    pendingRestart: ['shared_buffers'],
  });
  answer = async () => [];
  await drifting.instanceOnce(id, { status: 'healthy', pendingRestart: [] });
  for (const [verb, state, container] of [
    ['pause', 'paused', 'paused'],
    ['resume', 'available', 'running'],
    ['stop', 'stopped', 'exited'],
  ] as const) {
    await api.succeeded('POST', `/v1/databases/${id}/${verb}`);
    const isUp = state === 'available';
    const statusDetail = isUp ? null : `the database is ${state}`;
    await drifting.instanceOnce(id, {
      state,
      status: isUp ? 'healthy' : 'unknown',
      statusDetail,
      container: { state: container },
    });
  }
  expect(await drifting.repairsOf(id)).toEqual([]);
});

test('restarts are the starts that nobody asked for', async () => {
  const { api } = slipway;
  const id = await drifting.databaseThatIs('available');
  await drifting.instanceOnce(id, { container: { restarts: 0, state: 'running' } });
  await api.succeeded('POST', `/v1/databases/${id}/restart`);
  const { container } = await drifting.instanceOnce(id, { status: 'healthy', container: { restarts: 0 } });
  await drifting.behindOurBack(id, 'stopContainer');
  await drifting.repaired(id);
  await drifting.instanceOnce(id, { container: { restarts: 1 } });
  await drifting.behindOurBack(id, 'stopContainer', 'startContainer');
  const last = await drifting.instanceOnce(id, { container: { restarts: 2, state: 'running' } });
  expect(last.container.startedAt > container.startedAt).toBe(true);
});

test('a process that was killed for memory is remembered, though the container runs on', async () => {
  const id = await drifting.databaseThatIs('available');
  const at = new Date('2026-01-02T03:04:05.678Z');
  await drifting.instanceOnce(id, { status: 'healthy', container: { oomKilledAt: null } });
  backend.emit({
    at,
    action: 'oom',
    name: `slipway-${slipway.installation}-${id}-primary`,
    labels: drifting.labelsFor(id),
  });
  await drifting.instanceOnce(id, {
    status: 'healthy',
    container: { oomKilledAt: at.toISOString(), oomKilled: false, state: 'running' },
  });
  expect(await drifting.repairsOf(id)).toEqual([]);
});
