import Docker from 'dockerode';
import { DatabaseError } from '../../databases/errors';
import type { Call } from '../backend';
import { statusOf, translated } from './errors';

/** Calls that change or read one thing. */
export const callTimeoutMs = 120_000;

/** Calls that may move data or wait for a server: pulls, stops, removals. */
export const longCallTimeoutMs = 600_000;

export interface DockerSettings {
  /** `unix://…` or `tcp://…`; the default socket where it is missing. */
  readonly dockerHost?: string | undefined;
  readonly callTimeoutMs?: number;
  readonly longCallTimeoutMs?: number;
}

export type Engine = ReturnType<typeof connectEngine>;

/**
 * A connection to a Docker engine. Paths carry no API version, so that the daemon speaks the newest it knows: 1.41 on
 * Debian's, 1.44 at least on Engine 29.
 */
export function connectEngine(settings: DockerSettings) {
  const docker = new Docker(addressOf(settings.dockerHost));
  const timeouts = {
    short: settings.callTimeoutMs ?? callTimeoutMs,
    long: settings.longCallTimeoutMs ?? longCallTimeoutMs,
  };

  /** Runs one call with a deadline beside the caller's own signal, and translates what it throws. */
  async function ask<T>(
    what: string,
    call: Call | undefined,
    run: (signal: AbortSignal) => Promise<T>,
    length: keyof typeof timeouts = 'short',
  ): Promise<T> {
    const deadline = AbortSignal.timeout(timeouts[length]);
    const signal = call?.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
    signal.throwIfAborted();
    try {
      return await abortable(run(signal), signal);
    } catch (error) {
      if (call?.signal?.aborted === true) throw call.signal.reason;
      if (deadline.aborted) {
        throw new DatabaseError(
          'backend_timeout',
          `${what}: no answer within ${timeouts[length]} ms`,
          {},
          { cause: error },
        );
      }
      throw translated(what, error);
    }
  }

  /**
   * Makes a change. Its outcome is unknown after any error, since a request whose answer is lost is still carried out:
   * `isDone` looks, and what is as it should be is success. For the same reason it is not cut off by the caller's
   * signal once it is under way: it could take effect after the caller has looked what is left to undo.
   */
  async function change(
    what: string,
    call: Call | undefined,
    run: (signal: AbortSignal) => Promise<unknown>,
    isDone: () => Promise<boolean>,
    length: keyof typeof timeouts = 'short',
  ): Promise<void> {
    call?.signal?.throwIfAborted();
    try {
      await ask(what, undefined, run, length);
    } catch (error) {
      if (statusOf(error) === 304) return;
      // When looking fails as well, the first error says why.
      const done = await isDone().catch(() => false);
      if (!done) throw error;
    }
  }

  return { docker, ask, change };
}

function addressOf(dockerHost: string | undefined): Docker.DockerOptions {
  if (dockerHost === undefined) return { socketPath: '/var/run/docker.sock' };
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) };
}

/** dockerode does not settle every call that is aborted. */
async function abortable<T>(run: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([run, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
