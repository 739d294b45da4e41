import { measureRolling } from '../../dev/bench/rolling/main';
import { changedBundle, withAnotherActivity } from '../support/changed-bundle';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { testEnvironment } from '../support/slipway';

// A sample of `npm run try -- rolling`, which is 50 operations and 100 requests a second.

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.drop();
});

test('APIs and worker are restarted in turn under load, the worker with other workflows: no request that is retried and no operation fails (D17, D18, M57)', async () => {
  const laterBundle = changedBundle(withAnotherActivity);
  const load = { operations: 8, requestsPerSecond: 10, seconds: 6 };
  const settings = { worker: 'dev/bench/rolling/worker.ts', laterBundle, ...load };
  const { failures, restarts, requests } = await measureRolling(testEnvironment(database), settings);
  expect(failures).toEqual([]);
  expect(requests).toBe(60);
  expect(restarts.api).toBeGreaterThanOrEqual(2);
  expect(restarts.worker).toBeGreaterThanOrEqual(1);
});
