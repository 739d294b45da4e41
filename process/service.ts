import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ConfigError, type Program } from '../config/program';
import { unknownSettings } from '../config/reference';
import { DatabaseError, errorTable } from '../domain/errors';
import { logWritten } from './log';

export interface Service {
  /** Ends what it does in order; resolves when everything is closed. */
  stop(): Promise<void>;
}

export interface ServiceSettings {
  readonly logger: Logger;
  readonly shutdownTimeoutMs: number;
  readonly start: (failed: (error: unknown) => void) => Promise<Service>;
}

/**
 * A process's life: start, say that it is ready, run until a signal, stop in order and exit 0. After one deadline for
 * all of stopping, or at a second signal, it is forced and exits 1.
 */
export async function runService({ logger, shutdownTimeoutMs, start }: ServiceSettings): Promise<void> {
  const ended = new Promise<unknown>((resolve) => {
    let signalled = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signalled) void force(logger, `a second signal (${signal})`);
      signalled = true;
      resolve(undefined);
      logger.info({ signal }, 'shutting down');
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    // A parent that is gone cannot stop its children.
    process.on('disconnect', () => onSignal('SIGTERM'));
    void begin(resolve);
  });

  let service: Service | undefined;
  async function begin(failed: (error: unknown) => void): Promise<void> {
    try {
      service = await start(failed);
      process.send?.({ ready: true });
      logger.info('ready');
    } catch (error) {
      failed(error);
    }
  }

  const error = await ended;
  if (error !== undefined) logger.fatal({ err: error }, 'stopping because of an error');
  const deadline = setTimeout(
    () => void force(logger, `not stopped within ${shutdownTimeoutMs} ms`),
    shutdownTimeoutMs,
  );
  try {
    await service?.stop();
  } catch (stopError) {
    logger.fatal({ err: stopError }, 'could not stop cleanly');
    return exit(1);
  }
  clearTimeout(deadline);
  logger.info('stopped');
  return exit(error === undefined ? 0 : 1);
}

async function force(logger: Logger, why: string): Promise<never> {
  logger.warn({ why }, 'forced to exit');
  return exit(1);
}

async function exit(code: number): Promise<never> {
  await logWritten();
  process.exit(code);
}

/**
 * Reads a program's configuration, or ends the process with every error in it. With `--print-config` it prints the
 * settings in force, and ends.
 */
export function configOrExit<Config>(program: Program<Config>): Config {
  try {
    const config = program.read(process.env);
    for (const name of unknownSettings(process.env)) process.stderr.write(`warning: ${name} is not a known setting\n`);
    if (!process.argv.includes('--print-config')) return config;
    process.stdout.write(program.print(process.env));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

/**
 * Tries something again while it fails, a bounded number of times; the last error is the reason. An error of ours that
 * says no, such as a schema that is refused, is not tried again: only one that says that a part is away.
 */
export async function withRetries<T>(what: string, logger: Logger, run: () => Promise<T>): Promise<T> {
  for (const waitMs of [200, 400, 800, 1600, 3200, 5000, 5000, 5000]) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DatabaseError && errorTable[error.code].retry !== 'always') throw error;
      logger.warn({ err: error, retryInMs: waitMs }, `could not ${what}`);
      await delay(waitMs);
    }
  }
  return run();
}
