import { freePort } from '../../dev/stack/ports';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Program, startProgram } from '../support/program';
import { testEnvironment } from '../support/slipway';

let database: TestDatabase;
let worker: Program | null = null;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  address = `127.0.0.1:${await freePort()}`;
  const settings = { LOG_LEVEL: 'info', SLIPWAY_WORKER_METRICS_ADDRESS: address };
  worker = startProgram('worker.js', { ...testEnvironment(database), ...settings });
  await worker.line(({ msg }) => msg === 'ready');
});
afterAll(async () => {
  worker?.signal('SIGKILL');
  await worker?.ended;
  await database.drop();
});

test('a worker serves the figures that Temporal has of it, where it is told to', async () => {
  await eventually(async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    expect(text).toMatch(/^temporal_worker_task_slots_available\{/m);
  });
});

test('a worker serves the durations of its statements on the store, whose count grows', async () => {
  const counted = async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    return Number(/^slipway_store_statement_duration_seconds_count\{.*kind="select".*\} (\d+)$/m.exec(text)?.[1]);
  };
  await eventually(async () => expect(await counted()).toBeGreaterThan(0));
  const before = await counted();
  await eventually(async () => expect(await counted()).toBeGreaterThan(before));
});
