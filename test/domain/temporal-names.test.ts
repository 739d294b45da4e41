import { buildOf, buildTaskQueue } from '../../domain/temporal-names';

test('a run tells its build by its task queue, and one on the queue of all builds has none', () => {
  expect(buildOf('slipway', buildTaskQueue('slipway', 'a1b2'))).toBe('a1b2');
  expect(buildTaskQueue('slipway', 'a1b2')).toBe('slipway-a1b2');
  expect(buildOf('slipway', 'slipway')).toBeNull();
  expect(buildOf('slipway', 'other-a1b2')).toBeNull();
});
