import type { Logger } from 'pino';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';

export interface HostWatchSettings {
  readonly store: Pick<Store, 'hostSilence' | 'placements'>;
  readonly runs: Pick<Runs, 'start' | 'terminate'>;
  readonly logger: Logger;
}

/** How often every worker looks for silent hosts, in milliseconds. */
export const hostWatchIntervalMs = 5_000;

/**
 * One look at all hosts: notifies tenants of hosts that have fallen silent or are back, and starts creates again that
 * wait for a silent host and have begun nothing there. Every worker looks, and each change is found by one of them.
 */
export async function watchHosts({ store, runs, logger }: HostWatchSettings): Promise<void> {
  for (const hostId of await store.hostSilence.reportSilent()) logger.error({ hostId }, 'the host is silent');
  for (const hostId of await store.hostSilence.reportBack()) logger.info({ hostId }, 'the host is back');
  for (const operation of await store.placements.leaveSilentHosts()) {
    const { id: operationId, databaseId } = operation;
    logger.warn({ operationId, databaseId }, 'the host of a new database is silent; placing the database elsewhere');
    await runs.terminate(operation, 'its host is silent; it starts again on another one');
    await runs.start(operation);
  }
}
