import type { Logger } from 'pino';

export interface PollingSettings {
  /** What could not be done when a look fails, for the log. */
  readonly what: string;
  readonly intervalMs: number;
  /** Whether anybody still wants to know. */
  readonly isWanted: () => boolean;
  readonly look: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Looks at something again and again, one interval after the last look has ended, for as long as somebody wants to know. A
 * look that fails is logged, and the next one comes.
 *
 * @returns to be called when somebody begins to want to know
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
