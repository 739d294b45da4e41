import { DatabaseError } from '../../domain/errors';
import type { Call } from '../backend';
import { callTimeoutMs, longCallTimeoutMs } from '../deadlines';
import { connect } from './connection';
import { isVersionRefusal, statusOf, translated } from './errors';

/** Interval of progress reports during a long call. */
const progressIntervalMs = 1_000;

export interface DockerSettings {
  /** `unix://…` or `tcp://…`; defaults to the local socket. */
  readonly dockerHost?: string | undefined;
  readonly callTimeoutMs?: number;
  readonly longCallTimeoutMs?: number;
}

export type Engine = ReturnType<typeof connectEngine>;

type Run<T> = (signal: AbortSignal) => Promise<T>;

/** A connection to a Docker engine, and the wrappers that its calls go through. */
export function connectEngine(settings: DockerSettings) {
  const { docker, negotiate, forgetVersion } = connect(settings.dockerHost);
  const timeouts = {
    short: settings.callTimeoutMs ?? callTimeoutMs,
    long: settings.longCallTimeoutMs ?? longCallTimeoutMs,
  };
  type Length = keyof typeof timeouts;

  /** Runs one call under a deadline and the caller's signal, and translates its errors. */
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
   * The result of a lookup; null after two 404 responses. One is not enough: an object taken for gone is neither
   * stopped nor removed, and Docker reserves a name a moment before it shows the object.
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

  /**
   * Opens a stream. The deadline covers only the opening, so that a quiet stream is not cut; the caller's signal ends
   * it.
   */
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
   * Makes a change. The caller's signal does not interrupt it: Docker carries out a request even if its client
   * disconnects, and a look in the meantime would miss an effect that appears a moment later. After any error, 304 and
   * 404 included, the outcome is unknown: `isDone` receives the error and checks, and the desired state counts as
   * success.
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

/** If the check fails, too, the error of the change says more, unless the check found that the object is not ours. */
async function tookEffect(isDone: () => Promise<boolean>, call: Call | undefined): Promise<boolean> {
  try {
    return await isDone();
  } catch (error) {
    call?.signal?.throwIfAborted();
    if (error instanceof DatabaseError && error.code === 'name_taken') throw error;
    return false;
  }
}

/**
 * A look has just found the container that a change is for, so a 404 does not prove that it is gone; the next look
 * decides.
 */
function doubted(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== 'container_missing') return error;
  return new DatabaseError('backend_error', error.message, error.details, { cause: error });
}

/** Rejects on abort, because dockerode does not settle every aborted call. */
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
