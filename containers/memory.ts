import { type EventEmitter, on } from 'node:events';
import { DatabaseError } from '../domain/errors';
import type { Labels } from '../domain/names';
import type { Backend, Call, ContainerEvent } from './backend';
import { carries, type MemoryBackendSettings, MemoryHost } from './memory/host';

export type { MemoryBackendSettings };

/** Hooks with which a test blocks, fails or inspects a call, before or after its effect. */
export interface Interception {
  readonly before?: (call: string, name: string) => void | Promise<void>;
  readonly after?: (call: string, name: string) => void | Promise<void>;
}

export type MemoryBackend = Backend & {
  /** A test may replace or clear it at any time. */
  intercept: Interception;
  /** Calls that this host rejects with `not_supported`. They change nothing and are never faked. */
  readonly unsupported: Set<keyof Backend>;
  /** Every call in order, such as `startContainer slipway-…`. */
  readonly calls: string[];
  /** The files in a volume, by their path in it. */
  filesOf(volume: string): ReadonlyMap<string, string>;
  /** Writes a line to a container's log. */
  writeLog(name: string, text: string): void;
  /** Current number of followers of a container's log. */
  followersOf(name: string): number;
  /** Restarts the engine, which ends every container. */
  restartEngine(): void;
  /** Emits an event that never happens here by itself, such as `oom`. */
  emit(event: ContainerEvent): void;
};

/** The containers port in memory, for tests without an engine; passes the same contract test as Docker. */
export function createMemoryBackend(settings: MemoryBackendSettings = {}): MemoryBackend {
  const host = new MemoryHost(settings);
  const calls: string[] = [];
  const unsupported = new Set<keyof Backend>();

  /** Wraps every call: checks the caller's signal and `unsupported`, records the call and runs the test's hooks. */
  async function act<T>(call: keyof Backend, name: string, options: Call | undefined, effect: () => T): Promise<T> {
    options?.signal?.throwIfAborted();
    if (unsupported.has(call)) throw new DatabaseError('not_supported', `this host does not support ${call}`);
    calls.push(`${call} ${name}`.trim());
    await untilAborted(backend.intercept.before?.(call, name), options?.signal);
    const result = effect();
    await untilAborted(backend.intercept.after?.(call, name), options?.signal);
    return result;
  }

  const backend: MemoryBackend = {
    intercept: {},
    unsupported,
    calls,
    filesOf: (volume) => host.filesOf(volume),
    writeLog: (name, text) => host.writeLog(name, text),
    followersOf: (name) => host.followersOf(name),
    restartEngine: () => host.restart(),
    emit: (event) => void host.happened.emit('event', event),

    ping: (call) => act('ping', '', call, () => undefined),
    engineId: (call) => act('engineId', '', call, () => settings.engineId ?? 'memory'),
    engineStartedAt: (call) => act('engineStartedAt', '', call, () => host.startedAt),
    ensureImage: (image, call) => act('ensureImage', image, call, () => host.ensureImage(image)),
    ensureNetwork: (network, call) => act('ensureNetwork', network.name, call, () => host.ensureNetwork(network)),
    removeNetwork: (name, labels, call) => act('removeNetwork', name, call, () => host.removeNetwork(name, labels)),
    ensureVolume: (volume, call) => act('ensureVolume', volume.name, call, () => host.ensureVolume(volume)),
    removeVolume: (name, labels, call) => act('removeVolume', name, call, () => host.removeVolume(name, labels)),
    peekVolume: (peek, call) => act('peekVolume', peek.name, call, () => host.peekVolume(peek)),
    ensureContainer: (spec, call) => act('ensureContainer', spec.name, call, () => host.ensureContainer(spec)),
    pauseContainer: (name, labels, call) => act('pauseContainer', name, call, () => host.pauseContainer(name, labels)),
    resumeContainer: (name, labels, call) =>
      act('resumeContainer', name, call, () => host.resumeContainer(name, labels)),
    startContainer: (name, labels, call) => act('startContainer', name, call, () => host.startContainer(name, labels)),
    updateContainer: (name, labels, limits, call) =>
      act('updateContainer', name, call, () => host.updateContainer(name, labels, limits)),
    stopContainer: (name, labels, call) => act('stopContainer', name, call, () => host.stopContainer(name, labels)),
    removeContainer: (name, labels, call) =>
      act('removeContainer', name, call, () => host.removeContainer(name, labels)),
    inspectContainer: (name, call) => act('inspectContainer', name, call, () => host.inspectContainer(name)),
    list: (labels, call) => act('list', '', call, () => host.list(labels)),
    putFiles: (name, directory, files, call) =>
      act('putFiles', name, call, () => host.putFiles(name, directory, files)),
    exec: (name, exec, call) => act('exec', name, call, () => host.exec(name, exec)),
    logs: (name, range, call) => act('logs', name, call, () => host.logs(name, range)),
    followLogs: (name, range, call) => act('followLogs', name, call, () => host.followLogs(name, range, call)),
    stats: (name, call) => act('stats', name, call, () => host.stats(name)),
    events: (labels, call) => act('events', '', call, () => watched(host.happened, labels, call)),
  };
  return backend;
}

/** Subscribes at once, before the first event is requested. */
function watched(
  happened: EventEmitter<{ event: [ContainerEvent] }>,
  labels: Partial<Labels>,
  call: Call | undefined,
): AsyncIterable<ContainerEvent> {
  const events = on(happened, 'event', call?.signal === undefined ? {} : { signal: call.signal });
  return matching(events, labels, call);
}

async function* matching(
  events: AsyncIterable<unknown[]>,
  labels: Partial<Labels>,
  call: Call | undefined,
): AsyncGenerator<ContainerEvent> {
  try {
    for await (const [event] of events as AsyncIterable<[ContainerEvent]>) {
      if (carries(event.labels, labels)) yield event;
    }
  } catch (error) {
    // Node's own error does not contain the reason of the abort.
    call?.signal?.throwIfAborted();
    throw error;
  }
}

/** Waits for the promise, but not beyond an abort. */
async function untilAborted(waited: void | Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!(waited instanceof Promise)) return;
  if (signal === undefined) return waited;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([waited, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
