import { deliveryWorkflowIdOf } from '../../../domain/notifications/deliveries';
import { boundNoticeTypes, noticeOf, noticeTypes } from '../../../domain/notifications/notices';
import { operationKinds } from '../../../domain/operations/kinds';

test('notices are of these types, and all but those about a host belong to a database', () => {
  const ofDatabases = [
    ...['database.down', 'database.recovered', 'operation.failed', 'operation.stuck'],
    ...['database.repaired', 'database.repair_given_up', 'sidecar.degraded'],
  ];
  expect(noticeTypes).toEqual([...ofDatabases, 'orphan.found', 'reconciler.stopped', 'host.silent', 'host.back']);
  expect(boundNoticeTypes).toEqual(ofDatabases);
});

test.each(operationKinds)('the end of a %s raises the notice that fits', (kind) => {
  const failed = kind === 'recover' ? null : 'operation.failed';
  expect(noticeOf(kind, 'failed', 'internal')).toBe(failed);
  expect(noticeOf(kind, 'failed', null)).toBe(failed);
  expect(noticeOf(kind, 'failed', 'crash_looping')).toBe(kind === 'recover' ? null : 'database.repair_given_up');
  expect(noticeOf(kind, 'cancelled', 'cancelled')).toBeNull();
  expect(noticeOf(kind, 'succeeded', null)).toBe(kind === 'repair' ? 'database.repaired' : null);
});

test('a message’s run is named after it', () => {
  expect(deliveryWorkflowIdOf('abc')).toBe('delivery-abc');
});
