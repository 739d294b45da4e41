import { DatabaseError, type ErrorCode } from '../databases/errors';
import { type Labels, ownershipOf } from '../databases/names';
import type {
  Backend,
  Call,
  ContainerSpec,
  ContainerState,
  ExecResult,
  ExecSpec,
  LogLine,
  ObservedContainer,
  ObservedObject,
} from './backend';

interface MemoryContainer {
  readonly spec: ContainerSpec;
  readonly id: string;
  state: ContainerState;
  startedAt: Date | null;
  exitCode: number | null;
  readonly log: LogLine[];
}

interface MemoryVolume {
  readonly labels: Labels;
  readonly files: Map<string, string>;
}

/** What a test may put around a call: before or after its effect, to block it, fail it or look at it. */
export interface Interception {
  readonly before?: (call: string, name: string) => void | Promise<void>;
  readonly after?: (call: string, name: string) => void | Promise<void>;
}

export interface MemoryBackendSettings {
  readonly images?: readonly string[];
  /** What an exec answers; by default that it went well. */
  readonly exec?: (name: string, exec: ExecSpec) => ExecResult;
}

export type MemoryBackend = Backend & {
  /** Replaced or emptied by a test at any time. */
  intercept: Interception;
  /** Calls that this host does not have: they change nothing and are never faked. */
  readonly unsupported: Set<keyof Backend>;
  /** Every call in order, such as `startContainer slipway-…`. */
  readonly calls: string[];
  filesOf(volume: string): ReadonlyMap<string, string>;
};

/** The containers port in memory, for tests that need no engine; held to the same contract test as Docker. */
export function createMemoryBackend({ images, exec }: MemoryBackendSettings = {}): MemoryBackend {
  const networks = new Map<string, Labels>();
  const volumes = new Map<string, MemoryVolume>();
  const containers = new Map<string, MemoryContainer>();
  const calls: string[] = [];
  const unsupported = new Set<keyof Backend>();
  let nextId = 1;

  /** Stands around every call as a host does: abilities, the caller's signal, and what a test put there. */
  async function act<T>(call: keyof Backend, name: string, options: Call | undefined, effect: () => T): Promise<T> {
    options?.signal?.throwIfAborted();
    if (unsupported.has(call)) throw failure('not_supported', `this host does not support ${call}`);
    calls.push(`${call} ${name}`.trim());
    await untilAborted(backend.intercept.before?.(call, name), options?.signal);
    const result = effect();
    await untilAborted(backend.intercept.after?.(call, name), options?.signal);
    return result;
  }

  function existing(name: string): MemoryContainer {
    const container = containers.get(name);
    if (container === undefined) throw failure('container_missing', `container ${name} does not exist`);
    return container;
  }

  function owned(name: string, labels: Labels): MemoryContainer {
    const container = existing(name);
    requireOwned(name, container.spec.labels, labels);
    return container;
  }

  function refuseSecondWriter({ name, volume }: ContainerSpec): void {
    const other = [...containers.values()].find(({ spec }) => spec.volume.name === volume.name && spec.name !== name);
    if (other !== undefined) throw failure('volume_in_use', `volume ${volume.name} is mounted by ${other.spec.name}`);
  }

  function stop(container: MemoryContainer): void {
    if (container.state !== 'running' && container.state !== 'paused') return;
    container.state = 'exited';
    container.exitCode = 0;
  }

  const backend: MemoryBackend = {
    intercept: {},
    unsupported,
    calls,
    filesOf: (volume) => volumes.get(volume)?.files ?? new Map(),

    ping: (call) => act('ping', '', call, () => undefined),

    ensureImage: (image, call) =>
      act('ensureImage', image, call, () => {
        if (images !== undefined && !images.includes(image))
          throw failure('image_not_found', `image ${image} does not exist`);
      }),

    ensureNetwork: ({ name, labels }, call) =>
      act('ensureNetwork', name, call, () => {
        requireOwned(name, networks.get(name) ?? labels, labels);
        if (!networks.has(name)) networks.set(name, labels);
      }),

    removeNetwork: (name, labels, call) =>
      act('removeNetwork', name, call, () => {
        requireOwned(name, networks.get(name) ?? labels, labels);
        networks.delete(name);
      }),

    ensureVolume: ({ name, labels }, call) =>
      act('ensureVolume', name, call, () => {
        requireOwned(name, volumes.get(name)?.labels ?? labels, labels);
        if (!volumes.has(name)) volumes.set(name, { labels, files: new Map() });
      }),

    removeVolume: (name, labels, call) =>
      act('removeVolume', name, call, () => {
        requireOwned(name, volumes.get(name)?.labels ?? labels, labels);
        const user = [...containers.values()].find(({ spec }) => spec.volume.name === name);
        if (user !== undefined) throw failure('volume_in_use', `volume ${name} is mounted by ${user.spec.name}`);
        volumes.delete(name);
      }),

    ensureContainer: (spec, call) =>
      act('ensureContainer', spec.name, call, () => {
        const present = containers.get(spec.name);
        if (present !== undefined) return requireOwned(spec.name, present.spec.labels, spec.labels);
        const volume = volumes.get(spec.volume.name);
        if (volume === undefined) throw failure('volume_missing', `volume ${spec.volume.name} does not exist`);
        requireOwned(spec.volume.name, volume.labels, spec.labels);
        refuseSecondWriter(spec);
        if (!networks.has(spec.network.name)) throw failure('backend_error', `network ${spec.network.name} not found`);
        const id = String(nextId++);
        containers.set(spec.name, { spec, id, state: 'created', startedAt: null, exitCode: null, log: [] });
      }),

    startContainer: (name, labels, call) =>
      act('startContainer', name, call, () => {
        const container = owned(name, labels);
        if (container.state === 'running') return;
        const { hostPort } = container.spec.publish;
        const taken = [...containers.values()].some(
          (other) => other !== container && other.state === 'running' && other.spec.publish.hostPort === hostPort,
        );
        if (taken) throw failure('port_taken', `port ${hostPort} is already allocated`);
        container.state = 'running';
        container.exitCode = null;
        container.startedAt = new Date();
      }),

    stopContainer: (name, labels, call) => act('stopContainer', name, call, () => stop(owned(name, labels))),

    removeContainer: (name, labels, call) =>
      act('removeContainer', name, call, () => {
        const container = containers.get(name);
        if (container === undefined) return;
        requireOwned(name, container.spec.labels, labels);
        containers.delete(name);
      }),

    inspectContainer: (name, call) =>
      act('inspectContainer', name, call, () => {
        const container = containers.get(name);
        return container === undefined ? null : observed(container);
      }),

    list: (labels, call) =>
      act('list', '', call, (): ObservedObject[] => {
        const matches = (found: Labels) => Object.entries(labels).every(([key, value]) => found[key] === value);
        return [
          ...[...containers.values()].map(observed),
          ...[...volumes].map(([name, volume]) => ({ kind: 'volume' as const, name, labels: volume.labels })),
          ...[...networks].map(([name, own]) => ({ kind: 'network' as const, name, id: name, labels: own })),
        ].filter((object) => matches(object.labels));
      }),

    putFiles: (name, _directory, files, call) =>
      act('putFiles', name, call, () => {
        const volume = volumes.get(existing(name).spec.volume.name);
        for (const file of files) volume?.files.set(file.name, file.content);
      }),

    exec: (name, command, call) =>
      act('exec', name, call, () => {
        if (existing(name).state !== 'running') throw failure('container_exited', `container ${name} is not running`);
        return exec?.(name, command) ?? { exitCode: 0, stdout: '', stderr: '' };
      }),

    logs: (name, { tail }, call) => act('logs', name, call, () => containers.get(name)?.log.slice(-tail) ?? []),
  };
  return backend;
}

function failure(code: ErrorCode, message: string): DatabaseError {
  return new DatabaseError(code, message);
}

function requireOwned(name: string, found: Labels, wanted: Labels): void {
  const isOwned = Object.entries(ownershipOf(wanted)).every(([key, value]) => found[key] === value);
  if (!isOwned) throw failure('name_taken', `${name} exists and belongs to somebody else`);
}

function observed({ spec, id, state, startedAt, exitCode }: MemoryContainer): ObservedContainer {
  const { name, labels, image, nanoCpus, memoryBytes, volume, publish } = spec;
  const hostPort = state === 'running' ? publish.hostPort : null;
  const volumes = [volume.name];
  return {
    kind: 'container',
    name,
    id,
    labels,
    image,
    state,
    exitCode,
    oomKilled: false,
    startedAt,
    nanoCpus,
    memoryBytes,
    hostPort,
    volumes,
  };
}

/** Waits, and no longer than the caller does. */
async function untilAborted(waited: void | Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!(waited instanceof Promise)) return;
  if (signal === undefined) return waited;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([waited, aborted]);
}
