import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Backend, ContainerEvent } from '../../containers/backend';
import { installationLabels } from '../../domain/names';

/** Waits before an ended stream is reopened, doubled with every consecutive failure. */
const reopening = { firstMs: 250, maxMs: 30_000 };

export interface WatchSettings {
  readonly backend: Backend;
  readonly installation: string;
  readonly logger: Logger;
  readonly onEvent: (event: ContainerEvent) => void;
  /** The stream was lost and reopened: events in between are missing. */
  readonly onReopened: () => void;
}

export interface Watch {
  stop(): Promise<void>;
}

/**
 * Follows the events of the installation's containers. The stream is a hint: it may end at any time, and is reopened.
 */
export function startWatch({ backend, installation, logger, onEvent, onReopened }: WatchSettings): Watch {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = follow();

  async function follow(): Promise<void> {
    let waitMs = reopening.firstMs;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        const events = await backend.events(installationLabels(installation), { signal });
        waitMs = reopening.firstMs;
        if (!isFirst) onReopened();
        for await (const event of events) onEvent(event);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ err: error, retryMs: waitMs }, "lost the host's event stream; will reopen it");
      }
      // A stop ends the wait early.
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, reopening.maxMs);
    }
  }

  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
