import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Call } from '../containers/backend';
import { readLogTail } from '../containers/log-tail';
import { DatabaseError } from '../domain/errors';
import type { CheckError } from '../domain/health/check-errors';
import type { OperationRef } from '../domain/operations/operations';
import type { ServerTemplate } from '../domain/planning/resources';

export interface EngineAddress {
  readonly host: string;
  readonly port: number;
}

/** A call that can be ended. */
export type WatchedCall = Call & { readonly signal: AbortSignal };

/** Whose engine it is. */
export type EngineOwner = Pick<OperationRef, 'tenantId' | 'databaseId'>;

/** What the engine in a container can be asked; a port, so that fast tests need no engine. */
export interface Engine {
  /** Waits until an engine answers at all, be it only to refuse a login. Throws `not_ready`. */
  awaitAnswer(address: EngineAddress, call: WatchedCall): Promise<void>;
  /** Makes the roles, with this password of the owner's, and the logical database. Throws `engine_error`. */
  ensureLogins(containerName: string, owner: EngineOwner, credentials: number, call: WatchedCall): Promise<void>;
  /** Gives a running engine its settings, all or none, and reloads. Throws `settings_refused` with the engine's words. */
  configure(containerName: string, template: ServerTemplate, call: Call): Promise<void>;
  /** The settings that only a restart changes. */
  restartSettings(address: EngineAddress, owner: EngineOwner): Promise<string[]>;
  /** Waits until the engine answers authenticated queries over TCP. Throws `not_ready`. */
  awaitReady(address: EngineAddress, owner: EngineOwner, call: WatchedCall): Promise<void>;
  /** Asks once, with a login: the parameters that await a restart. Throws `not_ready`, in seconds, when none answers. */
  observe(address: EngineAddress, owner: EngineOwner): Promise<string[]>;
  /** Asks once, as a user would, with a login: what is wrong, or null. Rejects only when it could not ask at all. */
  check(address: EngineAddress, owner: EngineOwner, timeoutMs: number): Promise<CheckError | null>;
}

/** The waits between looks whether the container has exited: soon at first, when most that go wrong do. */
const exitChecks = { firstMs: 500, growth: 1.3, mostMs: 5_000 };

/**
 * Runs something that needs the container to run, and ends it when the container exits: with `container_exited`, its
 * exit code and the tail of its log, instead of a wait for something that will never come.
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

/** Never rejects: a look that fails is left to the next one, or to the deadline of what is waited for. */
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
    // Not seen this time: the next look, or the deadline of what is waited for, decides.
    return;
  }
}

/** The log goes with the container: its tail stays on the operation. */
async function withLogTail(backend: Backend, name: string, call: Call, error: unknown): Promise<unknown> {
  if (!(error instanceof DatabaseError) || (error.code !== 'not_ready' && error.code !== 'container_exited'))
    return error;
  const { text: logTail } = await readLogTail(backend, name, call);
  return new DatabaseError(error.code, error.message, { ...error.details, logTail }, { cause: error.cause });
}
