import Docker from 'dockerode';
import type { ObservedContainer } from '../../../containers/backend';
import type { HostOf } from '../../../dev/memory-host';
import { defaultPatience } from '../../../postgres/patience';
import { dockerPorts } from '../../../worker/compose';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { acceptRepair } from '../../support/repair';
import { type Slipway, startSlipway } from '../../support/slipway';
import { delayRecovery, endRecovery, shellIn } from '../../support/slow-recovery';

const version = '17';
const timeoutSeconds = 5;
/** A create may take longer, on a busy machine. */
const patience = { ...defaultPatience };
let slipway: Slipway;
let id: string;
beforeAll(async () => {
  const ports: HostOf = (config, store, logger) => dockerPorts({ ...config, readiness: patience }, store, logger);
  slipway = await startSlipway({ ports, hasEngines: true });
  const input = { name: 'recovering', version, size: 'small' };
  id = (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
  Object.assign(patience, { timeoutMs: timeoutSeconds * 1000 });
});
beforeEach(async () => {
  const { state } = (await slipway.api.send('GET', `/v1/databases/${id}`)).body;
  if (state === 'stopped') await slipway.api.succeeded('POST', `/v1/databases/${id}/start`);
});
afterAll(async () => {
  await slipway?.stop();
});

async function container(): Promise<ObservedContainer> {
  const objects = await slipway.backend.list({ 'slipway.database': id });
  const found = objects.find((object) => object.kind === 'container');
  if (found === undefined) throw new Error('the database has no container');
  return found;
}

const shell = async () => shellIn(slipway.backend, (await container()).name);
const operation = async (operationId: string): Promise<any> =>
  (await slipway.api.send('GET', `/v1/operations/${operationId}`)).body;

async function request(verb: string): Promise<string> {
  return (await slipway.api.send('POST', `/v1/databases/${id}/${verb}`)).body.operation.id;
}

/** Ends in an operation that starts the engine of a running database. */
const starts: Record<string, () => Promise<string>> = {
  async start() {
    await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
    return request('start');
  },
  restart: () => request('restart'),
  async repair() {
    const { name } = await container();
    await new Docker().getContainer(name).kill();
    return (await acceptRepair(slipway, id)).id;
  },
};

/** Waits until an operation has waited for a recovery for more than so many seconds; what it waits for. */
async function recovering(operationId: string, seconds: number): Promise<any> {
  return eventually(async () => {
    const { waitingFor } = await operation(operationId);
    expect(waitingFor).toMatchObject({ code: 'recovering', details: { recoveringSeconds: expect.any(Number) } });
    expect(waitingFor.details.recoveringSeconds).toBeGreaterThan(seconds);
    return waitingFor;
  });
}

test.each(Object.keys(starts))(
  'a %s waits for an engine that recovers for longer than the timeout, shows it, and never stops it (M48)',
  async (verb) => {
    await delayRecovery(await shell(), version);
    const operationId = await (starts[verb] as () => Promise<string>)();
    const { details } = await recovering(operationId, timeoutSeconds);
    expect(details).toMatchObject({ lastProbe: expect.stringContaining('57P03'), lastLine: expect.any(String) });
    expect(details.lastLine).not.toContain('FATAL');
    const { startedAt } = await container();
    await endRecovery(await shell(), version);
    expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'succeeded', error: null });
    expect((await container()).startedAt).toEqual(startedAt);
    expect(await expectTruth(slipway, id, null)).toBe('available');
  },
);

test('a cancel goes back only after the recovery, and never stops it (M49)', async () => {
  await delayRecovery(await shell(), version);
  const operationId = await (starts.start as () => Promise<string>)();
  await recovering(operationId, 0);
  const { startedAt } = await container();
  await slipway.api.send('POST', `/v1/operations/${operationId}/cancel`);
  // The second plan is the way back, which waits.
  await eventually(async () => {
    const { state, steps } = await operation(operationId);
    const back = steps.find((step: any) => step.plan === 2 && step.name === 'stopServer');
    expect({ state, error: back?.error?.code }).toEqual({ state: 'cancelling', error: 'recovering' });
  });
  expect(await container()).toMatchObject({ state: 'running', startedAt });
  await endRecovery(await shell(), version);
  expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'cancelled', warnings: [] });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
  const log = await slipway.backend.logs((await container()).name, { tail: 200 });
  const lineOf = (pattern: RegExp) => log.findLastIndex(({ text }) => pattern.test(text));
  expect(lineOf(/archive recovery complete/)).toBeGreaterThan(-1);
  expect(lineOf(/received fast shutdown request/)).toBeGreaterThan(lineOf(/archive recovery complete/));
});
