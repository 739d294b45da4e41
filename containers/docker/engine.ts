import { DatabaseError } from '../../databases/errors';
import type { Call } from '../backend';
import { connect } from './connection';
import { isVersionRefusal, statusOf, translated } from './errors';

/** Calls that change or read one thing. */
export const callTimeoutMs = 120_000;

/** Calls that may move data or wait for a server: pulls, stops, removals, commands. */
export const longCallTimeoutMs = 600_000;

/** How often a long call that is under way gives a sign of life. */
const progressIntervalMs = 1_000;

export interface DockerSettings {
  /** `unix://…` or `tcp://…`; the default socket where it is missing. */
  readonly dockerHost?: string | undefined;
  readonly callTimeoutMs?: number;
  readonly longCallTimeoutMs?: number;
}

export type Engine = ReturnType<typeof connectEngine>;

type Run<T> = (signal: AbortSignal) => Promise<T>;

/** A connection to a Docker engine, and the ways in which it is asked. */
export function connectEngine(settings: DockerSettings) {
  const { docker, negotiate, forgetVersion } = connect(settings.dockerHost);
  const timeouts = {
    short: settings.callTimeoutMs ?? callTimeoutMs,
    long: settings.longCallTimeoutMs ?? longCallTimeoutMs,
  };
  type Length = keyof typeof timeouts;

  /** Runs one call with a deadline beside the caller's own signal, and translates what it throws. */
  async function ask<T>(what: string, call: Call | undefined, run: Run<T>, length: Length = 'short'): Promise<T> {
    const deadline = AbortSignal.timeout(timeouts[length]);
    const signal = call?.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
    signal.throwIfAborted();
    const onProgress = length === 'long' ? call?.onProgress : undefined;
    const progress = onProgress && setInterval(onProgress, progressIntervalMs);
    try {
      return await abortable(negotiated(run, signal), signal);
    } catch (error) {
      call?.signal?.throwIfAborted();
      if (deadline.aborted) {
        const message = `${what}: no answer within ${timeouts[length]} ms`;
        throw new DatabaseError('backend_timeout', message, {}, { cause: error });
      }
      if (isVersionRefusal(error)) forgetVersion();
      throw translated(what, error);
    } finally {
      clearInterval(progress);
    }
  }

  async function negotiated<T>(run: Run<T>, signal: AbortSignal): Promise<T> {
    await negotiate(signal);
    return run(signal);
  }

  /** What a call finds; null where Docker answers that it is not there. */
  async function find<T>(what: string, call: Call | undefined, run: Run<T>): Promise<T | null> {
    try {
      return await ask(what, call, run);
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  /** Opens a stream: the deadline is for its opening alone, so that a quiet one is not cut; the caller's signal ends it. */
  async function open<T>(what: string, call: Call | undefined, run: Run<T>): Promise<T> {
    const unopened = new AbortController();
    const signal = call?.signal === undefined ? unopened.signal : AbortSignal.any([call.signal, unopened.signal]);
    try {
      return await ask(what, call, () => run(signal));
    } catch (error) {
      unopened.abort(error);
      throw error;
    }
  }

  /**
   * Makes a change. Not cut off by the caller's signal: Docker carries out a request whose client has gone, and
   * whoever looks meanwhile would not see what appears a moment later. Its outcome is unknown after any error:
   * `isDone` looks, told of the error, and what is as it should be is success.
   */
  async function change(
    what: string,
    call: Call | undefined,
    run: Run<unknown>,
    isDone: (error: unknown) => Promise<boolean>,
    length: Length = 'short',
  ): Promise<void> {
    call?.signal?.throwIfAborted();
    try {
      await ask(what, call?.onProgress && { onProgress: call.onProgress }, run, length);
    } catch (error) {
      call?.signal?.throwIfAborted();
      if (statusOf(error) === 304) return;
      if (!(await tookEffect(() => isDone(error), call))) throw error;
    }
  }

  return { docker, ask, find, open, change };
}

/** When looking fails too, what the change itself failed by says more; but not than that the object is another's. */
async function tookEffect(isDone: () => Promise<boolean>, call: Call | undefined): Promise<boolean> {
  try {
    return await isDone();
  } catch (error) {
    call?.signal?.throwIfAborted();
    if (error instanceof DatabaseError && error.code === 'name_taken') throw error;
    return false;
  }
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
