import Docker from 'dockerode';
import { eventually } from '../../support/eventually';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

let slipway: Slipway;
let id: string;
beforeAll(async () => {
  slipway = await startSlipway();
  const input = { name: 'stopped', version: '17', size: 'small' };
  id = (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
});
beforeEach(async () => {
  const { state } = (await slipway.api.send('GET', `/v1/databases/${id}`)).body;
  if (state === 'stopped') await slipway.api.succeeded('POST', `/v1/databases/${id}/start`);
});
afterAll(async () => {
  await slipway?.stop();
});

async function containerName(): Promise<string> {
  const objects = await slipway.backend.list({ 'slipway.database': id });
  return objects.find(({ kind }) => kind === 'container')?.name ?? '';
}

test('a stop runs a checkpoint before it stops the engine (M52)', async () => {
  const { operation } = await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  expect(operation.warnings).toEqual([]);
  const log = (await slipway.backend.logs(await containerName(), { tail: 200 })).map(({ text }) => text);
  const lineOf = (pattern: RegExp) => log.findLastIndex((line) => pattern.test(line));
  const requested = lineOf(/checkpoint starting: immediate force wait/);
  expect(requested).toBeGreaterThan(-1);
  expect(lineOf(/received fast shutdown request/)).toBeGreaterThan(requested);
});

test('an engine that is killed while it is stopped is a warning on the operation (M52)', async () => {
  const name = await containerName();
  const container = new Docker().getContainer(name);
  // Frozen, it neither answers nor stops.
  await container.kill({ signal: 'SIGSTOP' });
  const { body } = await slipway.api.send('POST', `/v1/databases/${id}/stop`);
  // The checkpoint waits for an answer: the stop has begun. What Docker does when a stop takes too long, we do now.
  await eventually(async () => expect((await container.inspect()).ExecIDs).toHaveLength(1));
  await container.kill({ signal: 'SIGKILL' });
  const warning = {
    code: 'killed_on_stop',
    message: `the server in ${name} did not stop in time and was killed`,
    details: { resource: name },
  };
  expect(await slipway.api.finished(body.operation.id)).toMatchObject({ state: 'succeeded', warnings: [warning] });
  expect(await expectTruth(slipway, id, null)).toBe('stopped');
});
