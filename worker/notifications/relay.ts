import type { Logger } from 'pino';
import type { Problem } from '../../domain/errors';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { type Loop, startLoop } from '../loop';
import { unlessHeld } from '../unless-held';

export interface DeliveryLoopSettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly logger: Logger;
}

/** Intervals in milliseconds. */
export interface DeliveryIntervals {
  readonly relayMs: number;
  readonly sweepMs: number;
  readonly pruneMs: number;
}

/** The loops that gather notices into messages, start their delivery, end lost deliveries and delete old ones. */
export function startDeliveryLoops(settings: DeliveryLoopSettings, intervals: DeliveryIntervals): Loop[] {
  const { store, logger } = settings;
  const { relayMs, sweepMs, pruneMs } = intervals;
  const relay = startLoop({ name: 'delivery relay', intervalMs: relayMs, run: relayOnce, logger });
  return [
    relay,
    startLoop({ name: 'delivery sweep', intervalMs: sweepMs, run: createDeliverySweep(settings), logger }),
    startLoop({ name: 'delivery prune', intervalMs: pruneMs, run: unlessHeld(store, store.deliveries.prune), logger }),
  ];

  async function relayOnce(): Promise<void> {
    const isMoreSoon = await relayDeliveries(settings);
    if (isMoreSoon) relay.wake(soonMs);
  }
}

/** The interval while more notices will be ready in a moment. */
const soonMs = 200;

const batch = 50;

/** One pass: gathers notices into messages, and starts a run for every message without one. May be repeated. */
async function relayDeliveries({ store, runs }: DeliveryLoopSettings): Promise<boolean> {
  const isMoreSoon = await store.outbox.gather();
  for (const id of await store.deliveries.pending(batch)) await runs.deliveries.start(id);
  return isMoreSoon;
}

const cutOff: Problem = {
  code: 'aborted',
  message: 'its run was terminated or is unknown to Temporal; redeliver it if it is still useful',
};

/**
 * A loop's body: every call checks the next batch of messages being sent, in rotation. A message whose run is gone ends
 * as `failed`. One observation is enough: a run records its end before it ends, and `abort` spares what has changed
 * since.
 */
function createDeliverySweep({ store, runs, logger }: DeliveryLoopSettings): () => Promise<void> {
  let afterId = '';
  return async function sweepOnce(): Promise<void> {
    const sending = await store.deliveries.sending(afterId, batch);
    afterId = sending.length < batch ? '' : (sending.at(-1)?.id ?? '');
    for (const delivery of sending) {
      if (await runs.deliveries.isOpen(delivery.id)) continue;
      const isEnded = await store.deliveries.abort(delivery, cutOff);
      if (isEnded) logger.warn({ deliveryId: delivery.id }, 'ended an interrupted delivery');
    }
  };
}
