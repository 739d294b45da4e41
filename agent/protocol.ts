import type { Problem } from '../domain/errors';

/** A read of an instance, through its worker: only the worker can reach the container engine. */
export interface InstanceQuery {
  readonly tenantId: string;
  readonly databaseId: string;
  readonly instanceName: string;
}

/** The lines to read of an instance's log: the last `tail` of them, and none from before `since` (a `LogEntry.at`). */
export interface LogsQuery extends InstanceQuery {
  readonly tail: number;
  readonly since?: string | undefined;
}

/** As `LogsQuery`; all lines if `tail` is missing. */
export interface FollowQuery extends InstanceQuery {
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
}

export interface LogEntry {
  /** RFC 3339 in UTC with nine digits of the second, so that the order of the text is the order of time. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Why a log ended: its instance has stopped, is gone, or has restarted meanwhile. */
export type LogEnd = 'stopped' | 'gone' | 'restarted';

/** A message of a followed log, sent as a JSON value per line: the log's lines, then its end or a problem. */
export type FollowMessage =
  | { readonly line: LogEntry }
  | { readonly end: LogEnd }
  | { readonly problem: Pick<Problem, 'code' | 'message'> };

/** The resource usage of an instance. Counters run from its start: a rate is the difference of two readings. */
export interface InstanceUsage {
  readonly readAt: string;
  readonly cpuNanoseconds: number;
  /** Two busy CPUs are 200; measured between two readings `cpuSampleMs` apart. */
  readonly cpuPercentOfOneCpu: number;
  readonly cpuSampleMs: number;
  /** Without the file cache, which the kernel can reclaim. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

/** The state of an instance, and its usage; null unless it is running. */
export interface InstanceReading {
  readonly state: 'running' | 'paused' | 'stopped' | 'gone';
  readonly usage: InstanceUsage | null;
}

/** A read of a database's resources on a host, as the basis of a plan. */
export interface ObserveQuery {
  readonly tenantId: string;
  readonly databaseId: string;
}
