import type { Logger } from 'pino';
import type { EventFilter, EventRecord, TenantEvent } from '../../store/operations/events';
import type { Store } from '../../store/store';
import { createPolling } from './polling';

export interface EventFeedSettings {
  readonly events: Pick<Store['events'], 'after' | 'head' | 'ofAll'>;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Whose events, and which. */
export interface Interest extends EventFilter {
  readonly tenantId: string;
}

export type EventFeed = ReturnType<typeof createEventFeed>;

/** The most events that are asked for at once. */
const batch = 200;

/** The newest events that are kept here; who is further behind reads from the store until it has caught up. */
const mostRecent = 1_000;

/**
 * Events as they come: one question to the store per interval, however many readers there are, and none without any. What
 * a reader has not taken yet is not kept for it: it knows its place, and goes on from there.
 */
export function createEventFeed({ events, intervalMs, logger }: EventFeedSettings) {
  /** All events after the place `from`, up to `head`. */
  let recent: readonly TenantEvent[] = [];
  let [from, head] = [0, 0];
  /** Nobody has read for a while: what came in between is not asked for here. */
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

  /** Resolves when there are events behind this place, or when the signal is aborted. */
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

  /** Events of an interest after a place, and the place up to which there are no others. */
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
     * Every event of an interest after a place, once and in order, and then those that come. Rejects with the signal's
     * reason, or with what the store throws.
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
