import { EventEmitter } from 'node:events';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DatabaseError, type ErrorCode } from '../../domain/errors';
import type { Labels } from '../../domain/names';
import type {
  Call,
  ContainerAction,
  ContainerEvent,
  ContainerSpec,
  ContainerStats,
  ExecResult,
  ExecSpec,
  FileSpec,
  Limits,
  LogLine,
  LogRange,
  NetworkSpec,
  ObservedContainer,
  ObservedObject,
  PeekResult,
  VolumeMount,
  VolumePeek,
  VolumeSpec,
} from '../backend';
import { requireOwned } from '../owned';
import { isUp, type MemoryContainer, observed } from './container';
import { MemoryLog } from './log';

interface MemoryNetwork {
  readonly labels: Labels;
  readonly id: string;
}

interface MemoryVolume {
  readonly labels: Labels;
  readonly files: Map<string, string>;
}

export interface MemoryBackendSettings {
  /** `memory` by default. */
  readonly engineId?: string;
  /** The available images; any image if undefined. */
  readonly images?: readonly string[];
  /** The result of an exec; exit code 0 by default. */
  readonly exec?: (name: string, exec: ExecSpec) => ExecResult;
  /** The lines that a container logs at every start; none by default. */
  readonly logs?: (name: string) => readonly string[];
}

const idle = { cpuNanoseconds: 0, memoryBytes: 0, receivedBytes: 0, sentBytes: 0, readBytes: 0, writtenBytes: 0 };

/** A host's objects and rules, without the passage of time: every call has its full effect or throws. */
export class MemoryHost {
  /** Emits every `ContainerEvent` as `event`. */
  readonly happened = new EventEmitter<{ event: [ContainerEvent] }>();
  readonly #networks = new Map<string, MemoryNetwork>();
  readonly #volumes = new Map<string, MemoryVolume>();
  readonly #containers = new Map<string, MemoryContainer>();
  #nextId = 1;
  #startedAt = new Date();

  constructor(private readonly settings: MemoryBackendSettings) {}

  /** When the engine started. */
  get startedAt(): Date {
    return this.#startedAt;
  }

  /** Ends every container, as a restart of the engine does. */
  restart(): void {
    for (const container of this.#containers.values()) this.#stop(container);
    this.#startedAt = new Date();
  }

  filesOf(volume: string): ReadonlyMap<string, string> {
    return this.#volumes.get(volume)?.files ?? new Map();
  }

  ensureImage(image: string): void {
    const { images } = this.settings;
    if (images?.includes(image) === false) throw failure('image_not_found', `image ${image} does not exist`);
  }

  ensureNetwork({ name, labels }: NetworkSpec): void {
    const existing = this.#networks.get(name);
    if (existing !== undefined) return requireOwned(`network ${name}`, existing.labels, labels);
    this.#networks.set(name, { labels, id: String(this.#nextId++) });
  }

  removeNetwork(name: string, labels: Labels): void {
    const existing = this.#networks.get(name);
    if (existing === undefined) return;
    requireOwned(`network ${name}`, existing.labels, labels);
    this.#networks.delete(name);
  }

  ensureVolume({ name, labels }: VolumeSpec): void {
    const existing = this.#volumes.get(name);
    if (existing !== undefined) return requireOwned(`volume ${name}`, existing.labels, labels);
    this.#volumes.set(name, { labels, files: new Map() });
  }

  removeVolume(name: string, labels: Labels): void {
    const existing = this.#volumes.get(name);
    if (existing === undefined) return;
    requireOwned(`volume ${name}`, existing.labels, labels);
    this.#requireVolumeFree(name);
    this.#volumes.delete(name);
  }

  peekVolume({ name, paths, ignored }: VolumePeek): PeekResult {
    if (!this.#volumes.has(name)) return { path: null };
    const isMounted = [...this.#containers.values()].some(({ spec }) => spec.volume?.name === name);
    if (!isMounted && this.settings.images?.length === 0) return 'unreadable';
    const files = [...this.filesOf(name).keys()];
    const path = paths.find((one) => files.some((file) => file === one || file.startsWith(`${one}/`)));
    const entries = files.flatMap((file) => file.split('/').slice(0, 1));
    return { path: path ?? entries.find((entry) => !ignored.includes(entry)) ?? null };
  }

  ensureContainer(spec: ContainerSpec): void {
    const { name, labels } = spec;
    const existing = this.#containers.get(name);
    if (existing !== undefined) return requireOwned(`container ${name}`, existing.spec.labels, labels);
    if (spec.volume !== null) this.#requireVolume(spec.volume, labels);
    const network = this.#networks.get(spec.network.name);
    if (network === undefined) throw failure('backend_error', `network ${spec.network.name} does not exist`);
    requireOwned(`network ${spec.network.name}`, network.labels, labels);
    this.ensureImage(spec.image);
    const id = String(this.#nextId++);
    const log = new MemoryLog();
    this.#containers.set(name, { spec, id, state: 'created', startedAt: null, exitCode: null, log, networkId: null });
    this.#emit('create', spec);
  }

  startContainer(name: string, labels: Labels): void {
    const container = this.#owned(name, labels);
    if (container.state === 'running') return;
    const { hostPort } = container.spec.publish;
    const taken = [...this.#containers.values()].some(
      (other) => other !== container && isUp(other) && other.spec.publish.hostPort === hostPort,
    );
    if (taken) throw failure('port_taken', `port ${hostPort} is already allocated`);
    if (container.state !== 'paused') this.#join(container);
    container.state = 'running';
    container.exitCode = null;
    container.startedAt = new Date();
    for (const line of this.settings.logs?.(name) ?? []) container.log.write(line);
    this.#emit('start', container.spec);
  }

  pauseContainer(name: string, labels: Labels): void {
    this.#setFrozen(name, labels, 'paused');
  }

  resumeContainer(name: string, labels: Labels): void {
    this.#setFrozen(name, labels, 'running');
  }

  updateContainer(name: string, labels: Labels, { nanoCpus, memoryBytes }: Limits): readonly string[] {
    const container = this.#owned(name, labels);
    container.spec = { ...container.spec, nanoCpus, memoryBytes };
    this.#emit('update', container.spec);
    return [];
  }

  stopContainer(name: string, labels: Labels): void {
    this.#stop(this.#owned(name, labels));
  }

  removeContainer(name: string, labels: Labels): void {
    const container = this.#containers.get(name);
    if (container === undefined) return;
    requireOwned(`container ${name}`, container.spec.labels, labels);
    this.#stop(container);
    this.#containers.delete(name);
    this.#emit('destroy', container.spec);
  }

  inspectContainer(name: string): ObservedContainer | null {
    const container = this.#containers.get(name);
    return container === undefined ? null : observed(container);
  }

  list(labels: Partial<Labels>): ObservedObject[] {
    return [
      ...[...this.#containers.values()].map(observed),
      ...[...this.#volumes].map(([name, volume]) => ({ kind: 'volume' as const, name, labels: volume.labels })),
      ...[...this.#networks].map(([name, network]) => ({ kind: 'network' as const, name, ...network })),
    ].filter((object) => carries(object.labels, labels));
  }

  putFiles(name: string, directory: string, files: readonly FileSpec[]): void {
    const { volume } = this.#existing(name).spec;
    const outside = failure('backend_error', `${directory} in ${name} is not in a volume`);
    if (volume === null) throw outside;
    const below = path.posix.relative(volume.mountPath, directory);
    if (below.startsWith('..')) throw outside;
    for (const file of files) {
      this.#volumes.get(volume.name)?.files.set(path.posix.join(below, file.name), file.content);
    }
  }

  exec(name: string, exec: ExecSpec): ExecResult {
    if (this.#existing(name).state !== 'running') throw failure('container_exited', `container ${name} is not running`);
    return this.settings.exec?.(name, exec) ?? { exitCode: 0, stdout: '', stderr: '' };
  }

  logs(name: string, range: LogRange): LogLine[] {
    return this.#containers.get(name)?.log.read(range) ?? [];
  }

  followLogs(name: string, range: LogRange, call: Call | undefined): AsyncIterable<LogLine> {
    const container = this.#containers.get(name);
    if (container !== undefined && isUp(container)) return container.log.follow(range, call);
    return Readable.from(this.logs(name, range));
  }

  writeLog(name: string, text: string): void {
    this.#existing(name).log.write(text);
  }

  followersOf(name: string): number {
    return this.#containers.get(name)?.log.followers ?? 0;
  }

  /** All zero: nothing runs here. */
  stats(name: string): ContainerStats | null {
    const container = this.#containers.get(name);
    if (container?.state !== 'running') return null;
    return { ...idle, at: new Date(), memoryLimitBytes: container.spec.memoryBytes };
  }

  #existing(name: string): MemoryContainer {
    const container = this.#containers.get(name);
    if (container === undefined) throw failure('container_missing', `container ${name} does not exist`);
    return container;
  }

  #owned(name: string, labels: Labels): MemoryContainer {
    const container = this.#existing(name);
    requireOwned(`container ${name}`, container.spec.labels, labels);
    return container;
  }

  #requireVolume({ name }: VolumeMount, labels: Labels): void {
    const volume = this.#volumes.get(name);
    if (volume === undefined) throw failure('volume_missing', `volume ${name} does not exist`);
    requireOwned(`volume ${name}`, volume.labels, labels);
    this.#requireVolumeFree(name);
  }

  #requireVolumeFree(volume: string): void {
    const user = [...this.#containers.values()].find(({ spec }) => spec.volume?.name === volume);
    if (user !== undefined) throw failure('volume_in_use', `volume ${volume} is mounted by ${user.spec.name}`);
  }

  /** As in Docker: by name at the first start, and by the resulting id at every later one. */
  #join(container: MemoryContainer): void {
    const { name } = container.spec.network;
    const network = this.#networks.get(name);
    if (network === undefined || (container.networkId ?? network.id) !== network.id) {
      throw failure('backend_error', `network ${container.networkId ?? name} not found`);
    }
    container.networkId = network.id;
  }

  #setFrozen(name: string, labels: Labels, wanted: 'paused' | 'running'): void {
    const container = this.#owned(name, labels);
    if (container.state === wanted) return;
    if (!isUp(container)) throw failure('container_exited', `container ${name} is not running`);
    container.state = wanted;
    this.#emit(wanted === 'paused' ? 'pause' : 'unpause', container.spec);
  }

  #stop(container: MemoryContainer): void {
    if (!isUp(container)) return;
    container.state = 'exited';
    container.exitCode = 0;
    container.log.end();
    this.#emit('die', container.spec);
  }

  #emit(action: ContainerAction, { name, labels }: ContainerSpec): void {
    this.happened.emit('event', { at: new Date(), action, name, labels });
  }
}

/** Whether an object carries all of these labels. */
export function carries(found: Labels, labels: Partial<Labels>): boolean {
  return Object.entries(labels).every(([key, value]) => found[key] === value);
}

function failure(code: ErrorCode, message: string): DatabaseError {
  return new DatabaseError(code, message);
}
