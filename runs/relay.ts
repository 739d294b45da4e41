import type { Logger } from 'pino';
import type { Store } from '../store/store';
import type { Runs } from './runs';

export interface RelaySettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly logger: Logger;
  /** How long an accepted operation is left to the API that accepted it. */
  readonly graceMs: number;
}

const batch = 20;

/**
 * One pass over what was accepted but did not reach Temporal, since the API died or Temporal was down: pending
 * operations are started, cancels are sent again. Both may be repeated.
 */
export async function relayOnce({ store, runs, logger, graceMs }: RelaySettings): Promise<void> {
  const acceptedBefore = new Date(Date.now() - graceMs);
  await store.operations.relayPending(acceptedBefore, batch, async (operation) => {
    try {
      const runId = await runs.start(operation);
      if (runId !== null) logger.info({ operationId: operation.id, runId }, 'started a pending operation');
    } catch (error) {
      logger.warn({ operationId: operation.id, err: error }, 'a pending operation could not be started; trying again');
    }
  });
  for (const operation of await store.operations.claimed()) {
    const asked = operation.cancelRequestedAt;
    if (operation.state === 'cancelling' && asked !== null && asked < acceptedBefore) await runs.cancel(operation);
  }
}
