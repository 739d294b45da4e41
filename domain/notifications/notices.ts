import type { ErrorCode } from '../errors';
import type { OperationKind } from '../operations/kinds';

/** What people may want to be told of. */
export const noticeTypes = [
  'database.down',
  'database.recovered',
  'operation.failed',
  'operation.stuck',
  'database.repaired',
  'database.repair_given_up',
  'sidecar.degraded',
  'orphan.found',
] as const;

export type NoticeType = (typeof noticeTypes)[number];

/** What is about a database that is on record, so that a binding of its check chooses it. */
export const boundNoticeTypes = noticeTypes.filter((type) => type !== 'orphan.found');

/** Something that was told, as a message lists it. */
export interface RaisedNotice {
  readonly type: NoticeType;
  /** Null for what is about a host. */
  readonly databaseId: string | null;
  readonly operationId: string | null;
  readonly at: Date;
  /** What the message says beside; never a secret. */
  readonly data: unknown;
}

/** How long notices of one kind for one receiver are gathered into one message, in milliseconds. */
export const gatheringMs = 2_000;

/** The same for what is down: of that people hear at once, unless more of its host is about to be. */
export const downGatheringMs = 500;

/** The most that one message lists; what is beyond comes in the next. */
export const maxNoticesInMessage = 50;

/**
 * What people are told when an operation ends; null for nothing. What clears up after another is tried again by itself,
 * and the other has been told of.
 */
export function noticeOf(kind: OperationKind, outcome: string, error: ErrorCode | null): NoticeType | null {
  if (kind === 'recover') return null;
  if (kind === 'repair' && outcome === 'succeeded') return 'database.repaired';
  if (outcome !== 'failed') return null;
  return error === 'crash_looping' ? 'database.repair_given_up' : 'operation.failed';
}
