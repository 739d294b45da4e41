import { freePort } from '../../dev/stack/ports';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Program, startProgram } from '../support/program';
import { testEnvironment } from '../support/slipway';

let database: TestDatabase;
let worker: Program | null = null;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  worker?.signal('SIGKILL');
  await worker?.ended;
  await database.drop();
});

test('a worker serves the figures that Temporal has of it, where it is told to', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const settings = { LOG_LEVEL: 'info', SLIPWAY_WORKER_METRICS_ADDRESS: address };
  worker = startProgram('worker.js', { ...testEnvironment(database), ...settings });
  await worker.line(({ msg }) => msg === 'ready');
  await eventually(async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    expect(text).toMatch(/^temporal_worker_task_slots_available\{/m);
  });
});
