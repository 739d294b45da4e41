import type { Problem } from '../domain/errors';

/** What of a host the API reads over its worker: only the worker can reach the container engine. */
export interface InstanceQuery {
  readonly tenantId: string;
  readonly databaseId: string;
  readonly instanceName: string;
}

/** Which lines of an instance's log: so many at most, the last ones, and none from before a time (`LogEntry.at`). */
export interface LogsQuery extends InstanceQuery {
  readonly tail: number;
  readonly since?: string | undefined;
}

/** As `LogsQuery`; all lines where `tail` is missing. */
export interface FollowQuery extends InstanceQuery {
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
}

export interface LogEntry {
  /** RFC 3339 in UTC with nine digits of the second: as text in the order of time. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Why there is no more of a log: its instance has stopped, is gone, or has begun anew meanwhile. */
export type LogEnd = 'stopped' | 'gone' | 'restarted';

/** What comes of a log that is followed, a JSON value a line: its lines, and at last its end or what went wrong. */
export type FollowMessage =
  | { readonly line: LogEntry }
  | { readonly end: LogEnd }
  | { readonly problem: Pick<Problem, 'code' | 'message'> };

/** What an instance uses of its host. Counters run from its start: a rate is the difference of two readings. */
export interface InstanceUsage {
  readonly readAt: string;
  readonly cpuNanoseconds: number;
  /** Of one CPU, so that two busy ones are 200; between two readings `cpuSampleMs` apart. */
  readonly cpuPercentOfOneCpu: number;
  readonly cpuSampleMs: number;
  /** Without the file cache that the kernel would give back. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

/** Whether an instance has processes that run, and what they use; null where they do not. */
export interface InstanceReading {
  readonly state: 'running' | 'paused' | 'stopped' | 'gone';
  readonly usage: InstanceUsage | null;
}

/** A look at what a host has of a database, to plan from. */
export interface ObserveQuery {
  readonly tenantId: string;
  readonly databaseId: string;
}
