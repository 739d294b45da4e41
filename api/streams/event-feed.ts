import type { Logger } from 'pino';
import type { EventFilter, EventRecord, TenantEvent } from '../../store/operations/events';
import type { Store } from '../../store/store';
import { createPolling } from './polling';

export interface EventFeedSettings {
  readonly events: Pick<Store['events'], 'after' | 'head' | 'ofAll'>;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** The tenant and the filter of a reader. */
export interface Interest extends EventFilter {
  readonly tenantId: string;
}

export type EventFeed = ReturnType<typeof createEventFeed>;

/** Maximum number of events per query. */
const batch = 200;

/** The number of recent events kept in memory; a reader further behind reads from the store until it has caught up. */
const mostRecent = 1_000;

/**
 * Follows new events with one query per interval, however many readers there are, and with none if there are none. No
 * backlog is kept per reader: each knows its position and resumes from there.
 */
export function createEventFeed({ events, intervalMs, logger }: EventFeedSettings) {
  /** All events after position `from`, up to position `head`. */
  let recent: readonly TenantEvent[] = [];
  let [from, head] = [0, 0];
  /** There were no readers for a while: the next poll skips the events of that time. */
  let isBehind = true;
  let readers = 0;
  const waiters = new Set<() => void>();

  const lookLater = createPolling({ what: 'events', intervalMs, isWanted: () => readers > 0, look, logger });

  async function look(): Promise<void> {
    if (readers === 0) {
      isBehind = true;
      return;
    }
    if (isBehind) await jump();
    else keep(await events.ofAll(head, batch));
  }

  async function jump(): Promise<void> {
    const newest = await events.head();
    [recent, from, head] = [[], newest, newest];
    isBehind = false;
    wake();
  }

  function keep(found: readonly TenantEvent[]): void {
    if (found.length === 0) return;
    const all = [...recent, ...found];
    const dropped = all.slice(0, Math.max(0, all.length - mostRecent));
    recent = all.slice(dropped.length);
    from = dropped.at(-1)?.sequence ?? from;
    head = found.at(-1)?.sequence ?? head;
    wake();
  }

  function wake(): void {
    for (const end of waiters) end();
  }

  /** Resolves when there are events after this position, or when the signal is aborted. */
  async function untilBehind(place: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || head > place) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        waiters.delete(end);
        resolve();
      };
      signal.addEventListener('abort', end);
      waiters.add(end);
    });
  }

  /** Events of an interest after a position, and the position up to which they are complete. */
  async function next(interest: Interest, place: number): Promise<{ found: readonly EventRecord[]; upTo: number }> {
    const upTo = head;
    if (place >= from) {
      const known = recent.findLastIndex(({ sequence }) => sequence <= place);
      const found = recent.slice(known + 1).filter((event) => isOf(event, interest));
      return { found: found.map(({ tenantId: _tenantId, ...event }) => event), upTo };
    }
    const { tenantId, ...filter } = interest;
    const found = await events.after(tenantId, filter, place, batch);
    return { found, upTo: found.length < batch ? upTo : 0 };
  }

  return {
    /**
     * Every event of an interest after a position, existing and future, once and in order. Rejects with the signal's
     * reason, or with an error of the store.
     */
    async *read(interest: Interest, after: number, signal: AbortSignal): AsyncGenerator<EventRecord> {
      readers += 1;
      lookLater();
      try {
        for (let place = after; ; ) {
          const { found, upTo } = await next(interest, place);
          for (const event of found) {
            place = event.sequence;
            yield event;
          }
          place = Math.max(place, upTo);
          await untilBehind(place, signal);
          signal.throwIfAborted();
        }
      } finally {
        readers -= 1;
      }
    },
  };
}

function isOf(event: TenantEvent, { tenantId, databaseId, operationId, type }: Interest): boolean {
  return (
    event.tenantId === tenantId &&
    (databaseId === undefined || event.databaseId === databaseId) &&
    (operationId === undefined || event.operationId === operationId) &&
    (type === undefined || event.type === type)
  );
}
