import { DatabaseError } from '../../domain/errors';
import type { Call } from '../backend';
import { callTimeoutMs, longCallTimeoutMs } from '../deadlines';
import { connect } from './connection';
import { isVersionRefusal, statusOf, translated } from './errors';

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
        const message = `${what}: no response within ${timeouts[length]} ms`;
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

  /**
   * What a call finds; null where Docker answers, twice, that it is not there. One answer is not enough: what is taken
   * for gone is neither stopped nor removed, and Docker shows a name a moment after it has given it away.
   */
  async function find<T>(what: string, call: Call | undefined, run: Run<T>): Promise<T | null> {
    for (let isSecond = false; ; isSecond = true) {
      try {
        return await ask(what, call, run);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        if (isSecond) return null;
      }
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
   * whoever looks meanwhile would not see what appears a moment later. Its outcome is unknown after any error, and
   * after 304 or 404 too: `isDone` looks, told of the error, and what is as it should be is success.
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
      if (!(await tookEffect(() => isDone(error), call))) throw doubted(error);
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

/** A change is asked of a container that a look has just found: the next look says whether it is gone, and not a 404. */
function doubted(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== 'container_missing') return error;
  return new DatabaseError('backend_error', error.message, error.details, { cause: error });
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
