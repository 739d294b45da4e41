import type { Logger } from 'pino';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** Writes Temporal's log lines, and those of workflows and activities, to the log of this process. */
export function createTemporalLogger(logger: Logger) {
  const log = (level: keyof typeof levels, message: string, meta?: object) => {
    const { error, ...rest } = (meta ?? {}) as { error?: unknown };
    logger[levels[level]]({ ...rest, ...(error === undefined ? {} : { err: error }) }, message);
  };
  return {
    log,
    trace: (message: string, meta?: object) => log('TRACE', message, meta),
    debug: (message: string, meta?: object) => log('DEBUG', message, meta),
    info: (message: string, meta?: object) => log('INFO', message, meta),
    warn: (message: string, meta?: object) => log('WARN', message, meta),
    error: (message: string, meta?: object) => log('ERROR', message, meta),
  };
}
