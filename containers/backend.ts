import type { Labels } from '../domain/names';

/** What every call may be given: the caller's cancellation, and a sign of life for calls that are long. */
export interface Call {
  readonly signal?: AbortSignal;
  /** Called now and then while a long call (an image pull, a stop) goes on. */
  readonly onProgress?: () => void;
}

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  /** The addresses this installation may use, as a CIDR block; the network takes a free /28 of it. */
  readonly addressPool: string;
}

export interface VolumeSpec {
  readonly name: string;
  readonly labels: Labels;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
}

/** What a container may use; there is no swap beside the memory. */
export interface Limits {
  /** A billionth of a CPU. */
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

export interface ContainerSpec extends Limits {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /** The process and its arguments; replaces the image's own entrypoint and command. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly network: { readonly name: string; readonly aliases: readonly string[] };
  /** Null for a container that keeps nothing. */
  readonly volume: VolumeMount | null;
  /** In-memory file systems, path to mount options, such as `{'/tmp': 'size=64m'}`. */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly publish: { readonly containerPort: number; readonly hostIp: string; readonly hostPort: number };
  readonly shmBytes: number;
  readonly pidsLimit: number;
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
}

/** A file to place into a container's volume. */
export interface FileSpec {
  /** Relative to the directory it is put into. */
  readonly name: string;
  readonly content: string;
  /** Permission bits, such as `0o644`. */
  readonly mode: number;
}

export type ContainerState = 'created' | 'running' | 'paused' | 'exited' | 'removing' | 'dead';

export interface ObservedContainer {
  readonly kind: 'container';
  readonly name: string;
  readonly id: string;
  readonly labels: Labels;
  readonly image: string;
  readonly state: ContainerState;
  /** The last exit code; null while it runs or before it first ran. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly startedAt: Date | null;
  readonly nanoCpus: number;
  readonly memoryBytes: number;
  /** The published port as the host has it now; null when the container does not run. */
  readonly hostPort: number | null;
  readonly volumes: readonly string[];
  /** The networks that it is on, name to id; null before it first ran, when it is still to be put on the one with the name. */
  readonly networks: Readonly<Record<string, string | null>>;
}

export interface ObservedVolume {
  readonly kind: 'volume';
  readonly name: string;
  readonly labels: Labels;
}

export interface ObservedNetwork {
  readonly kind: 'network';
  readonly name: string;
  readonly id: string;
  readonly labels: Labels;
}

export type ObservedObject = ObservedContainer | ObservedVolume | ObservedNetwork;

export interface ExecSpec {
  readonly command: readonly string[];
  /** Fed to the process and closed; the way for a secret, which must not be in argv. */
  readonly stdin?: string;
  readonly timeoutSeconds: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  /** RFC 3339 in UTC, always with nine digits of the second, so that the order of the texts is that of the times. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  /** One line, cut at 8 KiB. */
  readonly text: string;
}

/** Which lines of a log. */
export interface LogRange {
  /** So many at most, the last ones; all where it is missing. */
  readonly tail?: number | undefined;
  /** None from before this time, which is written as in `LogLine.at`. */
  readonly since?: string | undefined;
}

/** What a running container uses. The counters run from its start: a rate is the difference of two readings. */
export interface ContainerStats {
  readonly at: Date;
  readonly cpuNanoseconds: number;
  /** Without the file cache that the kernel would give back. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** What may have happened to a container since somebody looked. */
export type ContainerAction = 'create' | 'start' | 'pause' | 'unpause' | 'update' | 'oom' | 'die' | 'destroy';

export interface ContainerEvent {
  readonly at: Date;
  readonly action: ContainerAction;
  readonly name: string;
  readonly labels: Labels;
}

/**
 * What a host that runs containers must be able to do.
 *
 * Every change may be repeated: `ensure…` looks first, `remove…` accepts that the object is gone, and a change that
 * has already taken effect is success. `labels` on a change name the owner: an object that has our name but another
 * installation's or no labels is refused with `name_taken`, never adopted and never deleted.
 *
 * Any call may end in `backend_unavailable`, `backend_timeout` or `backend_error`; after one of these a change may
 * still have taken effect, so callers look again and decide. A read or a wait whose signal is
 * aborted rejects with the signal's reason; a change that is under way is not cut off, as it could take effect later.
 */
export interface Backend {
  ping(call?: Call): Promise<void>;

  /** Makes the image available. Throws `image_not_found`. */
  ensureImage(image: string, call?: Call): Promise<void>;

  ensureNetwork(network: NetworkSpec, call?: Call): Promise<void>;
  /** Containers still attached are detached first. */
  removeNetwork(name: string, labels: Labels, call?: Call): Promise<void>;

  ensureVolume(volume: VolumeSpec, call?: Call): Promise<void>;
  /** Destroys the data in it. Throws `volume_in_use` while a container still mounts it. */
  removeVolume(name: string, labels: Labels, call?: Call): Promise<void>;

  /**
   * Makes the container exist, created and not started, from this specification. One that exists is left as it is.
   * Its volume, if it has one, must exist (`volume_missing`), and so must the network (`backend_error`). Throws `image_not_found`,
   * `invalid_container`, and `volume_in_use` when another container that is not this one mounts the volume.
   */
  ensureContainer(container: ContainerSpec, call?: Call): Promise<void>;
  /** Throws `container_missing`, `port_taken`, `volume_in_use`, `invalid_container`. */
  startContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Freezes the processes; one that is paused already is success. Throws `container_missing`, `container_exited`. */
  pauseContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Lets frozen processes go on; one that runs is success. Throws `container_missing`, `container_exited`. */
  resumeContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /**
   * Changes what a container may use, whether it runs or not; all else stays. Throws `container_missing`.
   *
   * @returns what the host warns of, such as a limit that its kernel does not have
   */
  updateContainer(name: string, labels: Labels, limits: Limits, call?: Call): Promise<readonly string[]>;
  /** Sends the stop signal, and kills after the container's stop timeout. Throws `container_missing`. */
  stopContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Stopped first if it runs, paused or not; its anonymous volumes go with it, named ones stay. */
  removeContainer(name: string, labels: Labels, call?: Call): Promise<void>;

  inspectContainer(name: string, call?: Call): Promise<ObservedContainer | null>;
  /** Everything on the host that carries all of these labels. */
  list(labels: Partial<Labels>, call?: Call): Promise<ObservedObject[]>;

  /** Writes files, readable by the container's user, below a directory of a mounted volume; the container need not run. */
  putFiles(name: string, directory: string, files: readonly FileSpec[], call?: Call): Promise<void>;
  /** Runs a command in a running container and waits for its end. Throws `container_missing`, `container_exited`. */
  exec(name: string, exec: ExecSpec, call?: Call): Promise<ExecResult>;
  /** The last lines, oldest first; none for a container that is gone. */
  logs(name: string, range: LogRange & { readonly tail: number }, call?: Call): Promise<LogLine[]>;
  /**
   * The lines of this range, and then those that are written, as long as the container has processes; none for one that
   * is gone. No deadline cuts it; leaving the loop or the caller's signal ends it. Who reads slowly holds up nobody.
   */
  followLogs(name: string, range: LogRange, call?: Call): Promise<AsyncIterable<LogLine>>;
  /** What the container uses now; null when it does not run or is gone. */
  stats(name: string, call?: Call): Promise<ContainerStats | null>;
  /**
   * What happens from now on to containers that carry all of these labels. Hints, to look sooner: the stream ends when
   * the host goes away (`backend_unavailable`) and what happened meanwhile is lost. No deadline cuts it; leaving the
   * loop or the caller's signal ends it.
   */
  events(labels: Partial<Labels>, call?: Call): Promise<AsyncIterable<ContainerEvent>>;
}
