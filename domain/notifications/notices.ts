import type { ErrorCode } from '../errors';
import type { OperationKind } from '../operations/kinds';

export const noticeTypes = [
  'database.down',
  'database.recovered',
  'operation.failed',
  'operation.stuck',
  'database.repaired',
  'database.repair_given_up',
  'sidecar.degraded',
  'orphan.found',
  'reconciler.stopped',
  'host.silent',
  'host.back',
] as const;

export type NoticeType = (typeof noticeTypes)[number];

/** Notices about a host, with the notice about a database there that a channel gets if it gets this one. */
export const hostNotices = {
  'reconciler.stopped': 'database.repair_given_up',
  'host.silent': 'database.down',
  'host.back': 'database.recovered',
} as const satisfies Partial<Record<NoticeType, NoticeType>>;

export type HostNoticeType = keyof typeof hostNotices;

/** Notices about a database with a record, which bindings of its check select. */
export const boundNoticeTypes = noticeTypes.filter((type) => type !== 'orphan.found' && !(type in hostNotices));

/** A notice as a message lists it. */
export interface RaisedNotice {
  readonly type: NoticeType;
  /** Null for a notice about a host. */
  readonly databaseId: string | null;
  readonly operationId: string | null;
  readonly at: Date;
  /** The content for the message; never a secret. */
  readonly data: unknown;
}

/** How long notices of one type for one channel are gathered into one message, in milliseconds. */
export const gatheringMs = 2_000;

/** The same for `database.down`, which is urgent. */
export const downGatheringMs = 500;

/** Maximum notices in one message; the rest go into the next. */
export const maxNoticesInMessage = 50;

/**
 * The notice that the end of an operation raises; null for none. A `recover` raises none: it is retried automatically,
 * and the operation that it cleans up after has raised its own notice.
 */
export function noticeOf(kind: OperationKind, outcome: string, error: ErrorCode | null): NoticeType | null {
  if (kind === 'recover') return null;
  if (kind === 'repair' && outcome === 'succeeded') return 'database.repaired';
  if (outcome !== 'failed') return null;
  return error === 'crash_looping' ? 'database.repair_given_up' : 'operation.failed';
}
