import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Call } from '../containers/backend';
import { readLogTail } from '../containers/log-tail';
import { DatabaseError } from '../domain/errors';
import type { CheckError } from '../domain/health/check-errors';
import type { OperationRef } from '../domain/operations/operations';
import type { ServerTemplate } from '../domain/planning/resources';
import { readProgress } from './progress';

export interface EngineAddress {
  readonly host: string;
  readonly port: number;
}

/** A call that can be aborted. */
export type WatchedCall = Call & { readonly signal: AbortSignal };

/** A call that waits for an engine. One that recovers is waited for in several calls. */
export type EngineCall = WatchedCall & {
  /** How long earlier calls have seen the engine recover. */
  readonly recoveringSeconds: number;
};

/** The database that an engine belongs to. */
export type EngineOwner = Pick<OperationRef, 'tenantId' | 'databaseId'>;

/** The port to the engine in a container, so that fast tests need no engine. */
export interface Engine {
  /**
   * Waits until an engine responds at all, even by refusing a login. Throws `not_ready`, and `recovering` when the wait
   * for an engine that recovers needs another call.
   */
  awaitAnswer(address: EngineAddress, call: EngineCall): Promise<void>;
  /** Creates the roles, with the owner's password of this number, and the logical database. Throws `engine_error`. */
  ensureLogins(containerName: string, owner: EngineOwner, credentials: number, call: WatchedCall): Promise<void>;
  /**
   * Applies settings to a running engine, all or none, and reloads it. Throws `settings_refused` with the engine's
   * reason.
   */
  configure(containerName: string, template: ServerTemplate, call: Call): Promise<void>;
  /** The settings that take effect only at a restart. */
  restartSettings(address: EngineAddress, owner: EngineOwner): Promise<string[]>;
  /** Waits until the engine answers authenticated queries over TCP. Throws `not_ready`, and `recovering` as above. */
  awaitReady(address: EngineAddress, owner: EngineOwner, call: EngineCall): Promise<void>;
  /**
   * Writes all changes of a running engine to its data files, so that the stop after it is short, and the start after
   * that. Best effort: an engine that does not answer within seconds, or does not finish within a minute, is left alone.
   */
  checkpoint(containerName: string, call: Call): Promise<void>;
  /** Waits while the engine in a running container starts or recovers. Throws `recovering` and `not_ready` as above. */
  awaitSettled(containerName: string, call: EngineCall): Promise<void>;
  /**
   * The parameters that await a restart, by one authenticated query. Throws `not_ready` within seconds without a
   * response.
   */
  observe(address: EngineAddress, owner: EngineOwner): Promise<string[]>;
  /**
   * Checks the engine once, as a user would, with a login: the problem, or null. Rejects only if the check could not
   * run.
   */
  check(address: EngineAddress, owner: EngineOwner, timeoutMs: number): Promise<CheckError | null>;
}

/** Intervals between checks for an exit: short at first, when most failures happen. */
const exitChecks = { firstMs: 500, growth: 1.3, mostMs: 5_000 };

/**
 * Runs work that needs a running container, and aborts it when the container exits. Then throws `container_exited` with
 * the exit code and the tail of the log, instead of waiting for a response that will never come.
 */
export async function explainingExit(
  backend: Backend,
  name: string,
  call: Call,
  run: (watched: WatchedCall) => Promise<void>,
): Promise<void> {
  const exited = new AbortController();
  const signals = [exited.signal, ...(call.signal === undefined ? [] : [call.signal])];
  const watched = { ...call, signal: AbortSignal.any(signals) };
  const done = new AbortController();
  void watchForExit(backend, name, call, exited, done.signal);
  try {
    await run(watched);
  } catch (error) {
    throw await withLogTail(backend, name, call, exited.signal.aborted ? exited.signal.reason : error);
  } finally {
    done.abort();
  }
}

/** Never rejects: after a failed check, the next one or the deadline of the work decides. */
async function watchForExit(
  backend: Backend,
  name: string,
  call: Call,
  exited: AbortController,
  done: AbortSignal,
): Promise<void> {
  for (
    let waitMs = exitChecks.firstMs;
    !exited.signal.aborted;
    waitMs = Math.min(waitMs * exitChecks.growth, exitChecks.mostMs)
  ) {
    await delay(waitMs, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    await abortOnExit(backend, name, call, exited);
  }
}

async function abortOnExit(backend: Backend, name: string, call: Call, exited: AbortController): Promise<void> {
  try {
    const container = await backend.inspectContainer(name, call);
    if (container === null || container.state === 'exited' || container.state === 'dead') {
      const how = container === null ? 'is missing' : `exited with code ${container.exitCode}`;
      const details = container === null ? {} : { exitCode: container.exitCode, oomKilled: container.oomKilled };
      exited.abort(new DatabaseError('container_exited', `container ${name} ${how}`, details));
    }
  } catch {
    // The check failed: the next one, or the deadline of the work, decides.
    return;
  }
}

/**
 * Keeps the tail of the log on the operation, because the log is removed with the container; of an engine that
 * recovers, the line that says how far it is.
 */
async function withLogTail(backend: Backend, name: string, call: Call, error: unknown): Promise<unknown> {
  if (!(error instanceof DatabaseError)) return error;
  const { code, message, details, cause } = error;
  if (code === 'recovering') {
    const lastLine = await readProgress(backend, name, call);
    return new DatabaseError(code, message, { ...details, lastLine }, { cause });
  }
  if (code !== 'not_ready' && code !== 'container_exited') return error;
  const { text: logTail } = await readLogTail(backend, name, call);
  return new DatabaseError(code, message, { ...details, logTail }, { cause });
}
