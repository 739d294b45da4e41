import type { Logger } from 'pino';

export interface PollingSettings {
  /** The subject of the polling, for the log. */
  readonly what: string;
  readonly intervalMs: number;
  /** Whether anyone still needs the result. */
  readonly isWanted: () => boolean;
  readonly look: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Calls `look` repeatedly while its result is wanted, one interval after the previous call has ended. A failed call is
 * logged and retried.
 *
 * @returns a function to be called when the result becomes wanted
 */
export function createPolling({ what, intervalMs, isWanted, look, logger }: PollingSettings): () => void {
  let timer: NodeJS.Timeout | undefined;

  function lookLater(): void {
    if (timer === undefined && isWanted()) timer = setTimeout(() => void lookNow(), intervalMs);
  }

  async function lookNow(): Promise<void> {
    try {
      await look();
    } catch (error) {
      logger.warn({ err: error }, `could not poll for ${what}; will retry`);
    }
    timer = undefined;
    lookLater();
  }

  return lookLater;
}
