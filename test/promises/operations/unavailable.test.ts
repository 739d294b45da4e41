import { boundedAttempts } from '../../../activities/attempts';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
afterEach(() => {
  backend.intercept = {};
});

const away = new DatabaseError('backend_unavailable', 'connect ECONNREFUSED /var/run/docker.sock');
const refuse = (): void => {
  throw away;
};

async function accept({ api }: Slipway, name: string): Promise<{ operationId: string; databaseId: string }> {
  const { body } = await api.send('POST', '/v1/databases', { name, version: '17', size: 'small' });
  return { operationId: body.operation.id, databaseId: body.database.id };
}

describe('a host that is away for a while', () => {
  let slipway: Slipway;
  let waitingForHost: RegExp;
  beforeAll(async () => {
    const env = {
      SLIPWAY_BREAKER_RESET_SECONDS: '3',
      SLIPWAY_HOST_CALLS_MAX: '4',
      SLIPWAY_HOST_WAIT_SECONDS: '0.1',
    };
    slipway = await startSlipway({ ports: memoryHost(backend), env });
    const { SLIPWAY_HOST_ID: hostId } = slipway.environment;
    waitingForHost = new RegExp(`^waiting: host ${hostId} has been unavailable since 2\\S+Z: ${away.message}$`);
  });
  afterAll(async () => {
    await slipway?.stop();
  });

  const operationOf = async (id: string) => (await slipway.api.send('GET', `/v1/operations/${id}`)).body;
  const hostOf = async () =>
    (await slipway.api.send('GET', `/v1/hosts/${slipway.environment.SLIPWAY_HOST_ID ?? ''}`)).body;

  test('delays a step, which says what it waits for, and takes none of its bounded attempts (B24, B28)', async () => {
    const { api, temporal } = slipway;
    let failuresAfter = boundedAttempts - 1;
    backend.intercept = {
      before: (call) => {
        if (call === 'ensureContainer') backend.intercept = { before: refuse };
      },
    };
    const { operationId, databaseId } = await accept(slipway, 'delayed');
    await eventually(async () => {
      const { state, waitingFor, steps } = await operationOf(operationId);
      const step = steps.find(({ name }: any) => name === 'ensureServer');
      expect({ state, step: step.state }).toEqual({ state: 'running', step: 'running' });
      expect(step.attempts).toBeGreaterThan(boundedAttempts);
      expect(step.error).toMatchObject({ code: 'backend_unavailable', message: expect.stringMatching(waitingForHost) });
      expect(waitingFor).toEqual(step.error);
    });
    expect((await hostOf()).breaker).toMatchObject({
      state: expect.stringMatching(/^(open|half_open)$/),
      unavailableSince: expect.any(String),
      lastFailure: { message: away.message },
    });
    // Temporal waits as long as the breaker does, and not the half second that it would by itself.
    await eventually(async () => {
      const { raw } = await temporal.workflow.getHandle(`database-${databaseId}`).describe();
      const [pending] = raw.pendingActivities ?? [];
      expect(Number(pending?.currentRetryInterval?.seconds)).toBeGreaterThanOrEqual(1);
    });

    await eventually(async () => {
      const { status, headers, body } = await api.send('GET', `/v1/databases/${databaseId}/logs`);
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'backend_unavailable' });
      expect(body.retryAfterSeconds).toEqual(expect.any(Number));
      expect(headers.get('retry-after')).toBe(String(body.retryAfterSeconds));
    });

    // It comes back, and does badly as often as a step bears.
    backend.intercept = {
      before: (call) => {
        if (call !== 'startContainer' || failuresAfter === 0) return;
        failuresAfter -= 1;
        throw new DatabaseError('backend_error', 'the daemon is starting');
      },
    };
    const finished = await api.finished(operationId);
    expect(finished).toMatchObject({ state: 'succeeded', error: null, waitingFor: null });
    expect(failuresAfter).toBe(0);
    expect(await expectTruth(slipway, databaseId, null)).toBe('available');
    expect((await hostOf()).breaker).toMatchObject({ state: 'closed', unavailableSince: null });
  });

  test('one bounded failure more than a step bears ends it, however often it waited before', async () => {
    let waits = boundedAttempts + 2;
    backend.intercept = {
      before: (call) => {
        if (call !== 'startContainer') return;
        waits -= 1;
        throw waits > 0 ? new DatabaseError('backend_busy', 'later') : new DatabaseError('backend_error', 'oh');
      },
    };
    const { operationId } = await accept(slipway, 'bounded');
    const { state, error, steps } = await slipway.api.finished(operationId);
    expect({ state, code: error.code }).toEqual({ state: 'failed', code: 'backend_error' });
    const step = steps.find(({ name }: any) => name === 'ensureServer');
    expect(step).toMatchObject({ state: 'failed', attempts: boundedAttempts + 1 + boundedAttempts });
  });

  test('shows on an operation that has no plan yet', async () => {
    const { operationId: made, databaseId } = await accept(slipway, 'unplanned');
    await slipway.api.finished(made);
    backend.intercept = { before: refuse };
    const accepted = await slipway.api.send('POST', `/v1/databases/${databaseId}/pause`);
    const operationId = accepted.body.operation.id;
    await eventually(async () => {
      const { waitingFor, steps } = await operationOf(operationId);
      expect(steps).toEqual([]);
      expect(waitingFor).toMatchObject({
        code: 'backend_unavailable',
        message: expect.stringMatching(waitingForHost),
        details: { unavailableSince: expect.any(String), retryAfterSeconds: expect.any(Number) },
      });
    });
    backend.intercept = {};
    expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'succeeded', waitingFor: null });
    expect(await expectTruth(slipway, databaseId, null)).toBe('paused');
  });

  test('a busy one delays too, and a read of it is 503 with when to ask again (B30)', async () => {
    const { api } = slipway;
    const { operationId, databaseId } = await accept(slipway, 'busy');
    await api.finished(operationId);
    const gate = newGate();
    backend.intercept = { before: (call) => (call === 'logs' ? gate.opened : undefined) };
    const read = () => api.send('GET', `/v1/databases/${databaseId}/logs`);
    const held = [read(), read(), read(), read()];
    await eventually(async () => expect((await hostOf()).calls).toMatchObject({ running: 4, most: 4 }));
    const { status, headers, body } = await read();
    expect({ status, code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'backend_busy',
      retryAfter: '1',
    });
    const paused = (await api.send('POST', `/v1/databases/${databaseId}/pause`)).body.operation.id;
    await eventually(async () => {
      expect((await operationOf(paused)).waitingFor).toMatchObject({
        code: 'backend_busy',
        message: expect.stringMatching(/^waiting: host \S+ is busy: no free slot within 0.1 s, 4 calls running/),
      });
    });
    gate.open();
    expect((await Promise.all(held)).map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
    expect((await api.finished(paused)).state).toBe('succeeded');
    expect(await expectTruth(slipway, databaseId, null)).toBe('paused');
    expect((await hostOf()).calls).toEqual({ running: 0, waiting: 0, most: 4 });
  });
});

describe('a host that stays away', () => {
  let slipway: Slipway;
  beforeAll(async () => {
    const env = { SLIPWAY_OPERATION_DEADLINE_SECONDS: '3', SLIPWAY_WAY_BACK_DEADLINE_SECONDS: '3' };
    slipway = await startSlipway({ ports: memoryHost(backend), env });
  });
  afterAll(async () => {
    await slipway?.stop();
  });

  test('ends the operation at its deadlines, with what both ways waited for; it is cleared when the host is back', async () => {
    backend.intercept = {
      before: (call) => {
        if (call === 'ensureContainer') backend.intercept = { before: refuse };
      },
    };
    const { operationId, databaseId } = await accept(slipway, 'given-up');
    const waited = { code: 'backend_unavailable', message: expect.stringContaining(away.message) };
    expect(await slipway.api.finished(operationId)).toMatchObject({
      state: 'failed',
      waitingFor: null,
      error: {
        code: 'deadline_exceeded',
        details: { last: waited, wayBack: { code: 'deadline_exceeded', details: { last: waited } } },
      },
    });
    const { body } = await slipway.api.send('GET', `/v1/databases/${databaseId}`);
    expect(body.state).toBe('failed');
    backend.intercept = {};
    await eventually(async () => expect(await backend.list({ 'slipway.database': databaseId })).toEqual([]));
    await untilAtRest(slipway, databaseId);
    expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  });
});
