import type { NoticeType, RaisedNotice } from '../../domain/notifications/notices';
import { type Gathered, type Links, messageOf } from '../../notifications/message';

export const links: Links = {
  publicUrl: 'https://slipway.example/',
  temporalUi: { url: 'https://temporal.example', namespace: 'slipway' },
};

const at = new Date('2026-11-21T18:00:00Z');

export function noticeOf(type: NoticeType, data: object, changes: Partial<RaisedNotice> = {}): RaisedNotice {
  return { type, databaseId: 'orders234567', operationId: null, at, data, ...changes };
}

/** What each kind of notice has in it. */
export const examples: Readonly<Record<NoticeType, RaisedNotice>> = {
  'database.down': noticeOf('database.down', {
    databaseName: 'orders',
    engine: { name: 'postgresql', version: '17' },
    address: { host: '10.0.0.7', port: 20_001 },
    checkedAt: '2026-11-21T17:59:58.000Z',
    failures: 3,
    error: { code: 'container_exited', message: 'the container exited with code 137 <oom> & "more"' },
    since: '2026-11-21T17:57:58.000Z',
  }),
  'database.recovered': noticeOf('database.recovered', {
    databaseName: 'orders',
    engine: { name: 'postgresql', version: '17' },
    address: { host: '10.0.0.7', port: 20_001 },
    checkedAt: '2026-11-21T17:59:58.000Z',
    failures: 0,
    error: null,
    since: '2026-11-21T17:59:58.000Z',
    downSince: '2026-11-21T17:57:58.000Z',
  }),
  'operation.failed': noticeOf(
    'operation.failed',
    {
      databaseName: 'orders',
      kind: 'resize',
      error: { code: 'backend_unavailable', message: 'host local cannot be reached' },
    },
    { operationId: 'resize234567' },
  ),
  'operation.stuck': noticeOf(
    'operation.stuck',
    { databaseName: 'orders', kind: 'create', since: '2026-11-21T17:40:00.000Z' },
    { operationId: 'create234567' },
  ),
  'database.repaired': noticeOf(
    'database.repaired',
    { databaseName: 'orders', kind: 'repair', error: null, reasons: ['container slw-orders is missing'] },
    { operationId: 'repair234567' },
  ),
  'database.repair_given_up': noticeOf(
    'database.repair_given_up',
    {
      databaseName: 'orders',
      kind: 'repair',
      error: { code: 'crash_looping', message: 'repaired 5 times in 10 minutes, and again' },
    },
    { operationId: 'repair234567' },
  ),
  'sidecar.degraded': noticeOf('sidecar.degraded', {
    databaseName: 'orders',
    role: 'pooler',
    error: { code: 'container_exited', message: 'its container is not running' },
  }),
  'orphan.found': noticeOf('orphan.found', { hostId: 'local', kind: 'volume', name: 'slw-abc-data' }),
  'reconciler.stopped': noticeOf(
    'reconciler.stopped',
    { hostId: 'local', reason: '6 of 6 databases drifted at the same time', databases: 6, drifted: 6 },
    { databaseId: null },
  ),
  'host.silent': noticeOf(
    'host.silent',
    { hostId: 'local', since: '2026-11-21T17:59:25.000Z', databaseNames: ['invoices', 'orders'], downNames: [] },
    { databaseId: null },
  ),
  'host.back': noticeOf(
    'host.back',
    {
      hostId: 'local',
      since: '2026-11-21T17:59:25.000Z',
      databaseNames: ['invoices', 'orders'],
      downNames: ['orders'],
    },
    { databaseId: null },
  ),
};

export function gatheredOf(...notices: RaisedNotice[]): Gathered {
  return { id: 'message23456', type: notices[0]?.type ?? 'test', at, notices };
}

export const message = (...notices: RaisedNotice[]) => messageOf(gatheredOf(...notices), links);

/** A lost host: so many databases down at once. */
export function downTogether(count: number): RaisedNotice[] {
  return Array.from({ length: count }, (_one, index) =>
    noticeOf(
      'database.down',
      { databaseName: `tenant-db-${index}`, error: { message: 'the host cannot be reached' } },
      { databaseId: `database${String(index).padStart(4, '2')}` },
    ),
  );
}
