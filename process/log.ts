import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, pino } from 'pino';

/** The most that is kept for a reader of the log who falls behind, in bytes; the lines after that are dropped. */
const maxWaitingBytes = 1024 * 1024;

/** How long the end of a process waits for that reader. */
const maxFlushMs = 500;

/**
 * A log on stdout that never waits for its reader. pino's own destination does, with the whole process: a pipe that
 * nobody reads would stop every request and keep a signal from being noticed.
 */
export function createLogger(name: string, level: string): Logger {
  const { stdout } = process;
  let dropped = 0;
  const write = (line: string): void => {
    if (stdout.writableLength > maxWaitingBytes) dropped += 1;
    else stdout.write(line);
  };
  const logger = pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  stdout.on('drain', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    logger.warn({ dropped: count }, 'lines of the log were dropped, as nobody read them');
  });
  // Its reader is gone: there is a process to run all the same.
  stdout.on('error', () => undefined);
  return logger;
}

/** Resolves when all of the log is written, or after a moment. */
export async function logWritten(): Promise<void> {
  const { stdout } = process;
  if (stdout.writableLength === 0) return;
  const written = new Promise<void>((resolve) => stdout.write('', () => resolve()));
  await Promise.race([written, delay(maxFlushMs)]);
}
