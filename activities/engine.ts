import type { Backend, Call } from '../containers/backend';
import { DatabaseError } from '../databases/errors';
import type { DatabaseRecord } from '../store/records';

export interface EngineAddress {
  readonly host: string;
  readonly port: number;
}

/** A call that can be ended. */
export type WatchedCall = Call & { readonly signal: AbortSignal };

/** What the engine in a container can be asked; a port, so that fast tests need no engine. */
export interface Engine {
  /** Waits until an engine answers at all, be it only to refuse a login. Throws `not_ready`. */
  awaitAnswer(address: EngineAddress, call: WatchedCall): Promise<void>;
  /** Makes the roles and the logical database, from inside the container. Throws `engine_error`. */
  ensureLogins(containerName: string, database: DatabaseRecord, call: WatchedCall): Promise<void>;
  /** Waits until the engine answers authenticated queries over TCP. Throws `not_ready`. */
  awaitReady(address: EngineAddress, database: DatabaseRecord, call: WatchedCall): Promise<void>;
}

const exitCheckIntervalMs = 500;
const logTailLines = 20;
const logTailCharacters = 3_000;

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
  const watch = setInterval(() => void abortOnExit(backend, name, call, exited), exitCheckIntervalMs);
  try {
    await run(watched);
  } catch (error) {
    throw await withLogTail(backend, name, call, exited.signal.aborted ? exited.signal.reason : error);
  } finally {
    clearInterval(watch);
  }
}

async function abortOnExit(backend: Backend, name: string, call: Call, exited: AbortController): Promise<void> {
  try {
    const container = await backend.inspectContainer(name, call);
    if (container === null || container.state === 'exited' || container.state === 'dead') {
      const how = container === null ? 'is gone' : `exited with code ${container.exitCode}`;
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
  try {
    const lines = await backend.logs(name, { tail: logTailLines }, call);
    const logTail = lines
      .map(({ text }) => text)
      .join('\n')
      .slice(-logTailCharacters);
    return new DatabaseError(error.code, error.message, { ...error.details, logTail }, { cause: error.cause });
  } catch (second) {
    const logTail = `the log could not be read: ${second instanceof Error ? second.message : String(second)}`;
    return new DatabaseError(error.code, error.message, { ...error.details, logTail }, { cause: error.cause });
  }
}
