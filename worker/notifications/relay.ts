import type { Logger } from 'pino';
import type { Problem } from '../../domain/errors';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { type Loop, startLoop } from '../loop';

export interface DeliveryLoopSettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly logger: Logger;
}

/** How often, in milliseconds. */
export interface DeliveryIntervals {
  readonly relayMs: number;
  readonly sweepMs: number;
  readonly pruneMs: number;
}

/** What goes on beside the runs: messages are made and started, those that are cut off ended, old ones forgotten. */
export function startDeliveryLoops(settings: DeliveryLoopSettings, intervals: DeliveryIntervals): Loop[] {
  const { store, logger } = settings;
  const { relayMs, sweepMs, pruneMs } = intervals;
  const relay = startLoop({ name: 'delivery relay', intervalMs: relayMs, run: relayOnce, logger });
  return [
    relay,
    startLoop({ name: 'delivery sweep', intervalMs: sweepMs, run: createDeliverySweep(settings), logger }),
    startLoop({ name: 'delivery prune', intervalMs: pruneMs, run: store.deliveries.prune, logger }),
  ];

  async function relayOnce(): Promise<void> {
    const isMoreSoon = await relayDeliveries(settings);
    if (isMoreSoon) relay.wake(soonMs);
  }
}

/** How soon it is looked again while notices are ready in a moment. */
const soonMs = 200;

const batch = 50;

/** One pass from the outbox to runs: notices become messages, and messages that none has begun get a run. May be repeated. */
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
 * A loop's body: every call looks at some of the messages that are being sent, going round. One whose run is gone ends as
 * `failed`. One sighting is enough: a run records how it ends before it does, and what changed since is left alone.
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
