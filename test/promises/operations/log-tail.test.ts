import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { newGate } from '../../support/gate';
import { untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const words = ['LOG:  starting', 'FATAL:  the last words'];
const backend = createMemoryBackend({ logs: () => words });
let failing: { ensureLogins?: () => Promise<void>; awaitReady?: () => Promise<void> } = {};
let slipway: Slipway;
beforeAll(async () => {
  const engine = {
    ensureLogins: async () => failing.ensureLogins?.(),
    awaitReady: async () => failing.awaitReady?.(),
  };
  slipway = await startSlipway({ ports: memoryHost(backend, engine), env: { SLIPWAY_SWEEP_INTERVAL_MS: '200' } });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  failing = {};
});

let serial = 0;

async function accept(): Promise<{ readonly operationId: string; readonly databaseId: string }> {
  const input = { name: `tail-${++serial}`, version: '17', size: 'small' };
  const { body } = await slipway.api.send('POST', '/v1/databases', input);
  return { operationId: body.operation.id, databaseId: body.database.id };
}

async function deletion(databaseId: string): Promise<any> {
  const { body } = await slipway.api.send('DELETE', `/v1/databases/${databaseId}`);
  return slipway.api.finished(body.operation.id);
}

/** What the steps of an operation have kept, by the step's name. */
const tailsOf = ({ steps }: any): string[][] =>
  steps.flatMap(({ name, logTail }: any) => (logTail === undefined ? [] : [[name, logTail]]));

const kept = [['removeServer', words.join('\n')]];

const refusing = (code: 'engine_error' | 'not_ready') => async () => {
  throw new DatabaseError(code, `${code} by the test`);
};

test.each([
  { title: 'an engine that refuses its roles', fails: () => ({ ensureLogins: refusing('engine_error') }) },
  { title: 'an engine that is never ready', fails: () => ({ awaitReady: refusing('not_ready') }) },
])('a create that fails by $title keeps what the server wrote, before its container goes', async ({ fails }) => {
  failing = fails();
  const { operationId } = await accept();
  const failed = await slipway.api.finished(operationId);
  expect(failed.state).toBe('failed');
  expect(tailsOf(failed)).toEqual(kept);
});

test('a create that is cancelled keeps it', async () => {
  const [reached, gate] = [newGate(), newGate()];
  failing.awaitReady = async () => {
    reached.open();
    await gate.opened;
  };
  const { operationId } = await accept();
  await reached.opened;
  await slipway.api.send('POST', `/v1/operations/${operationId}/cancel`);
  gate.open();
  const cancelled = await slipway.api.finished(operationId);
  expect(cancelled.state).toBe('cancelled');
  expect(tailsOf(cancelled)).toEqual(kept);
});

test('a create that is aborted has it on the operation that clears up', async () => {
  const [reached, gate] = [newGate(), newGate()];
  failing.awaitReady = async () => {
    reached.open();
    await gate.opened;
  };
  const { operationId, databaseId } = await accept();
  await reached.opened;
  await slipway.api.send('POST', `/v1/operations/${operationId}/abort`);
  gate.open();
  await untilAtRest(slipway, databaseId);
  const { items } = (await slipway.api.send('GET', `/v1/operations?databaseId=${databaseId}&kind=recover`)).body;
  expect(tailsOf(await slipway.api.finished(items[0].id))).toEqual(kept);
});

test('a delete that fails keeps it; once the database is gone no delete does', async () => {
  const { operationId, databaseId } = await accept();
  await slipway.api.finished(operationId);
  backend.intercept = {
    before: (call) => {
      if (call === 'removeNetwork') throw new DatabaseError('invalid_container', 'the network stays');
    },
  };
  const failed = await deletion(databaseId);
  expect(failed.state).toBe('failed');
  expect(tailsOf(failed)).toEqual(kept);
  backend.intercept = {};
  const succeeded = await deletion(databaseId);
  expect(succeeded.state).toBe('succeeded');
  expect(tailsOf(await slipway.api.finished(failed.id))).toEqual([]);
});

test('a removal whose answer is lost has kept it: the second try, which finds nothing, leaves it there', async () => {
  failing.awaitReady = refusing('not_ready');
  let isLost = false;
  backend.intercept = {
    after: (call) => {
      if (call !== 'removeContainer' || isLost) return;
      isLost = true;
      throw new DatabaseError('backend_unavailable', 'the answer is lost');
    },
  };
  const { operationId } = await accept();
  const failed = await slipway.api.finished(operationId);
  expect(failed.steps.find(({ name }: any) => name === 'removeServer')).toMatchObject({
    attempts: 2,
    state: 'succeeded',
  });
  expect(tailsOf(failed)).toEqual(kept);
});

test('a log that cannot be read stops no removal, and why is kept', async () => {
  failing.ensureLogins = refusing('engine_error');
  backend.intercept = {
    before: (call) => {
      if (call === 'logs') throw new DatabaseError('backend_error', 'no log today');
    },
  };
  const { operationId, databaseId } = await accept();
  const failed = await slipway.api.finished(operationId);
  expect(tailsOf(failed)).toEqual([['removeServer', 'the log could not be read: no log today']]);
  expect(await backend.list({ 'slipway.database': databaseId })).toEqual([]);
});

test('a server that ran, ended, and finds its port taken gives way for another, and its words are kept', async () => {
  let attempt = 0;
  backend.intercept = {
    before: (call) => {
      if (call === 'startContainer' && attempt === 1) {
        attempt = 2;
        throw new DatabaseError('port_taken', 'the port is taken');
      }
    },
    after: async (call, name) => {
      if (call !== 'startContainer' || attempt > 0) return;
      attempt = 1;
      const container = await backend.inspectContainer(name);
      await backend.stopContainer(name, container?.labels ?? {});
      throw new DatabaseError('backend_unavailable', 'the host is away');
    },
  };
  const { operationId } = await accept();
  const created = await slipway.api.finished(operationId);
  expect(created.state).toBe('succeeded');
  expect(tailsOf(created)).toEqual([['ensureServer', words.join('\n')]]);
});
