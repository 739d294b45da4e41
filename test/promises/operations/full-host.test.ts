import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

let slipway: Slipway;
beforeAll(async () => {
  const env = { SLIPWAY_HOST_PORT_RANGE: '21000-21000' };
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()), env });
});
afterAll(async () => {
  await slipway?.stop();
});

const input = (name: string) => ({ name, version: '17', size: 'small' });

test('a host that is full refuses a create, which can be deleted, and has room again after', async () => {
  const { api } = slipway;
  const first = await api.succeeded('POST', '/v1/databases', input('first'));
  const { body } = await api.send('POST', '/v1/databases', input('second'));
  expect(await api.finished(body.operation.id)).toMatchObject({
    state: 'failed',
    error: { code: 'capacity_exhausted' },
  });
  expect(await expectTruth(slipway, body.database.id, null)).toBe('failed');
  await api.succeeded('DELETE', `/v1/databases/${body.database.id}`);
  expect(await expectTruth(slipway, body.database.id, null)).toBe('gone');
  await api.succeeded('DELETE', `/v1/databases/${first.database.id}`);
  await api.succeeded('POST', '/v1/databases', input('third'));
});

test('a cancelled create is not tried again: there is nothing to try', async () => {
  const { api, store } = slipway;
  await slipway.stopWorker();
  const { body } = await api.send('POST', '/v1/databases', input('never'));
  await store.operations.cancel('default', body.operation.id, 'admin');
  const answer = await api.send('POST', `/v1/operations/${body.operation.id}/retry`);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 409, code: 'not_retryable' });
  await slipway.startWorker();
});
