import type { Logger } from 'pino';
import type { Place } from '../../store/operations/retention';
import type { Store } from '../../store/store';
import { inOneProcess } from '../alone';
import { type Loop, startLoop } from '../loop';
import { unlessHeld } from '../unless-held';

/** The pause between two passes when nothing more has expired, in milliseconds. */
const intervalMs = 600_000;

/** The pause while there is more to remove, in milliseconds: requests must not notice it. */
const soonMs = 1_000;

export interface RetentionSettings {
  readonly store: Store;
  readonly logger: Logger;
  /** How long ended operations, their steps and events are kept; 0 for ever. */
  readonly days: number;
}

/** The loop that removes what has expired, a batch in each pass, in one process at a time. */
export function startRetention({ store, logger, days }: RetentionSettings): Loop {
  let place: Place | null = null;
  const run = inOneProcess({ store, name: 'retention', intervalMs }, unlessHeld(store, removeExpired));
  const loop = startLoop({ name: 'retention', intervalMs, run, logger });
  return loop;

  async function removeExpired(): Promise<void> {
    const isMore = [await store.retention.removeLogTails()];
    if (days > 0) {
      isMore.push(await store.retention.removeEvents(days));
      place = await store.retention.removeOperations(days, place);
    }
    if (place !== null || isMore.includes(true)) loop.wake(soonMs);
  }
}
