import { setTimeout as delay } from 'node:timers/promises';
import type { Activities } from '../../../activities/types';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import type { Engine } from '../../../postgres/engine';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
/** For an operation after the create, which may take longer on a busy machine. */
const deadlineSeconds = 3;
let operationDeadlineMs = 900_000;
/** The seconds of recovery that each call of the step received. */
const calls: number[] = [];
let awaitReady: Engine['awaitReady'] = async () => undefined;
let slipway: Slipway;
beforeAll(async () => {
  const ports = memoryHost(backend, { awaitReady: (...input) => awaitReady(...input) });
  slipway = await startSlipway({ ports, activities: withDeadlineOf(() => operationDeadlineMs) });
});
afterAll(async () => {
  await slipway?.stop();
});

function withDeadlineOf(deadlineMs: () => number) {
  return ({ control, ...others }: Activities): Activities => ({
    ...others,
    control: {
      ...control,
      async claimOperation(operation) {
        const claim = await control.claimOperation(operation);
        return claim && { ...claim, pace: { ...claim.pace, operationDeadlineMs: deadlineMs() } };
      },
    },
  });
}

let serial = 0;

async function stoppedDatabase(): Promise<string> {
  operationDeadlineMs = 900_000;
  awaitReady = async () => undefined;
  const input = { name: `recovering-${++serial}`, version: '17', size: 'small' };
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', input)).database;
  await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  return id;
}

async function started(databaseId: string): Promise<any> {
  operationDeadlineMs = deadlineSeconds * 1000;
  const { body } = await slipway.api.send('POST', `/v1/databases/${databaseId}/start`);
  return slipway.api.finished(body.operation.id);
}

/** An engine that recovers for so many calls, each of which takes a third of the deadline. */
function recoveringFor(count: number): Engine['awaitReady'] {
  calls.length = 0;
  return async (_address, _owner, { recoveringSeconds }) => {
    calls.push(recoveringSeconds);
    if (calls.length > count) return;
    await delay((deadlineSeconds * 1000) / 3);
    const details = { recoveringSeconds: recoveringSeconds + deadlineSeconds / 3 };
    throw new DatabaseError('recovering', 'the engine is recovering', details);
  };
}

test('the wait for an engine that recovers does not count towards the deadline of the operation (M48)', async () => {
  const id = await stoppedDatabase();
  awaitReady = recoveringFor(5);
  expect(await started(id)).toMatchObject({ state: 'succeeded', warnings: [] });
  expect(calls).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await expectTruth(slipway, id, null)).toBe('available');
});

test('after the recovery, the rest of the deadline counts', async () => {
  const id = await stoppedDatabase();
  const recovers = recoveringFor(3);
  awaitReady = async (address, owner, call) => {
    await recovers(address, owner, call);
    // Until the deadline cancels the step; then the way back finds an engine that answers.
    awaitReady = async () => undefined;
    await new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
  };
  expect(await started(id)).toMatchObject({ state: 'failed', error: { code: 'deadline_exceeded' } });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
});
