import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { query } from '../support/database';
import { type Slipway, startSlipway } from '../support/slipway';

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()) });
});
afterAll(async () => {
  await slipway?.stop();
});

test('the start of a worker creates the checks of databases that have none (E12)', async () => {
  const { api, database } = slipway;
  const input = { name: 'unchecked', version: '17', size: 'small' };
  const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
  const checks = () => query(database.url, 'SELECT enabled FROM health_checks WHERE database_id = $1', [id]);
  await slipway.stopWorker();
  await query(database.url, 'DELETE FROM health_checks WHERE database_id = $1', [id]);
  expect(await checks()).toEqual([]);
  await slipway.startWorker();
  expect(await checks()).toEqual([{ enabled: true }]);
});
