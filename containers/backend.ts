import type { Labels } from '../domain/names';

/** Options of every call: cancellation, and a progress callback for long calls. */
export interface Call {
  readonly signal?: AbortSignal;
  /** Called periodically during a long call, such as an image pull or a stop. */
  readonly onProgress?: () => void;
}

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  /** The installation's address pool, a CIDR block; the network takes a free /28 of it. */
  readonly addressPool: string;
}

export interface VolumeSpec {
  readonly name: string;
  readonly labels: Labels;
}

/** What to look for in a volume. */
export interface VolumePeek {
  readonly name: string;
  /** Carried by the container that is created for the look, if one is needed. */
  readonly labels: Labels;
  /** Relative to the volume, in the order in which they are looked for. */
  readonly paths: readonly string[];
  /** Top-level entries that do not count as content. */
  readonly ignored: readonly string[];
}

/**
 * `path`: the first of the paths that exists, otherwise the first top-level entry that is not ignored; null if there is
 * none. `unreadable`: no container mounts the volume, and the host has no image to create one from.
 */
export type PeekResult = 'unreadable' | { readonly path: string | null };

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
}

/** A container's resource limits. It gets no swap on top of its memory. */
export interface Limits {
  /** Billionths of a CPU. */
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

export interface ContainerSpec extends Limits {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /** The process and its arguments; replaces the image's entrypoint and command. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly network: { readonly name: string; readonly aliases: readonly string[] };
  /** Null for a container that stores nothing. */
  readonly volume: VolumeMount | null;
  /** In-memory file systems, path to mount options, such as `{'/tmp': 'size=64m'}`. */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly publish: { readonly containerPort: number; readonly hostIp: string; readonly hostPort: number };
  readonly shmBytes: number;
  readonly pidsLimit: number;
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
}

/** A file to write into a container's volume. */
export interface FileSpec {
  /** Relative to the target directory. */
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
  /** The last exit code; null while the container runs or if it never ran. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly startedAt: Date | null;
  readonly nanoCpus: number;
  readonly memoryBytes: number;
  /** The published host port; null while the container is stopped. */
  readonly hostPort: number | null;
  readonly volumes: readonly string[];
  /** Attached networks, name to id. An id is null until the first start, which finds the network by its name. */
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
  /** Written to the process's standard input, which is then closed. Secrets belong here, never in argv. */
  readonly stdin?: string;
  readonly timeoutSeconds: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  /** RFC 3339 in UTC, always with nine fractional digits, so that string order is time order. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  /** One line, truncated to 8 KiB. */
  readonly text: string;
}

/** A range of log lines. */
export interface LogRange {
  /** Maximum number of lines, counted from the end; unlimited if undefined. */
  readonly tail?: number | undefined;
  /** Excludes lines before this time, in the format of `LogLine.at`. */
  readonly since?: string | undefined;
}

/** A running container's resource usage. Counters start at zero when it starts; compute rates from two readings. */
export interface ContainerStats {
  readonly at: Date;
  readonly cpuNanoseconds: number;
  /** Excludes the file cache that the kernel can reclaim. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Container events that can make an earlier observation stale. */
export type ContainerAction = 'create' | 'start' | 'pause' | 'unpause' | 'update' | 'oom' | 'die' | 'destroy';

export interface ContainerEvent {
  readonly at: Date;
  readonly action: ContainerAction;
  readonly name: string;
  readonly labels: Labels;
}

/**
 * The port to a host that runs containers.
 *
 * Every change may be repeated: `ensure…` checks first, `remove…` accepts that the object is gone, and a change that
 * has already taken effect succeeds. `labels` on a change identify the owner: an object with our name but no labels, or
 * another installation's, is refused with `name_taken`, never adopted and never deleted.
 *
 * Any call may fail with `backend_unavailable`, `backend_timeout` or `backend_error`. A change may still take effect
 * after one of these, so callers look again and decide. A read or wait whose signal is aborted rejects with the
 * signal's reason; a change in progress is not interrupted, because it could take effect later.
 */
export interface Backend {
  ping(call?: Call): Promise<void>;
  /** The id that the container engine keeps with its data: a restart keeps it, another engine has another one. */
  engineId(call?: Call): Promise<string>;
  /**
   * When the container engine started, by the host's clock; null if it does not tell. If containers survived its restart,
   * an earlier start.
   */
  engineStartedAt(call?: Call): Promise<Date | null>;

  /** Makes the image available on the host. Throws `image_not_found`. */
  ensureImage(image: string, call?: Call): Promise<void>;

  ensureNetwork(network: NetworkSpec, call?: Call): Promise<void>;
  /** Detaches remaining containers first. */
  removeNetwork(name: string, labels: Labels, call?: Call): Promise<void>;

  ensureVolume(volume: VolumeSpec, call?: Call): Promise<void>;
  /** Destroys the volume's data. Throws `volume_in_use` while a container mounts it. */
  removeVolume(name: string, labels: Labels, call?: Call): Promise<void>;
  /**
   * Looks into a volume without starting anything: through a container that mounts it, or one that is created for the
   * look and removed afterwards. A missing volume has no entries.
   */
  peekVolume(peek: VolumePeek, call?: Call): Promise<PeekResult>;

  /**
   * Creates the container from this specification without starting it; an existing one is left unchanged. The network
   * must exist (`backend_error`), and so must the volume, if there is one (`volume_missing`). Throws `image_not_found`,
   * `invalid_container`, and `volume_in_use` if another container mounts the volume.
   */
  ensureContainer(container: ContainerSpec, call?: Call): Promise<void>;
  /** Throws `container_missing`, `port_taken`, `volume_in_use`, `invalid_container`. */
  startContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Freezes the processes; succeeds if they are already frozen. Throws `container_missing`, `container_exited`. */
  pauseContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Unfreezes the processes; succeeds if they are already running. Throws `container_missing`, `container_exited`. */
  resumeContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /**
   * Changes the limits of a container, running or not, and nothing else. Throws `container_missing`.
   *
   * @returns the host's warnings, such as a limit that its kernel does not support
   */
  updateContainer(name: string, labels: Labels, limits: Limits, call?: Call): Promise<readonly string[]>;
  /** Sends the stop signal, then kills after the container's stop timeout. Throws `container_missing`. */
  stopContainer(name: string, labels: Labels, call?: Call): Promise<void>;
  /** Stops the container first if it is running or paused. Removes its anonymous volumes; named ones stay. */
  removeContainer(name: string, labels: Labels, call?: Call): Promise<void>;

  inspectContainer(name: string, call?: Call): Promise<ObservedContainer | null>;
  /** All containers, volumes and networks on the host that carry all of these labels. */
  list(labels: Partial<Labels>, call?: Call): Promise<ObservedObject[]>;

  /**
   * Writes files, readable by the container's user, into a directory of a mounted volume. The container may be stopped.
   */
  putFiles(name: string, directory: string, files: readonly FileSpec[], call?: Call): Promise<void>;
  /** Runs a command in a running container and waits until it ends. Throws `container_missing`, `container_exited`. */
  exec(name: string, exec: ExecSpec, call?: Call): Promise<ExecResult>;
  /** The last lines, oldest first; empty if the container is gone. */
  logs(name: string, range: LogRange & { readonly tail: number }, call?: Call): Promise<LogLine[]>;
  /**
   * The lines of this range, followed by new ones until the container stops; empty if the container is gone. The stream
   * has no deadline: it ends when the caller leaves the loop or aborts. A slow reader delays nobody else.
   */
  followLogs(name: string, range: LogRange, call?: Call): Promise<AsyncIterable<LogLine>>;
  /** The container's current usage; null if it is not running or is gone. */
  stats(name: string, call?: Call): Promise<ContainerStats | null>;
  /**
   * Events from now on of containers that carry all of these labels. They are hints to look sooner: the stream ends
   * when the host becomes unavailable (`backend_unavailable`), and events in the meantime are lost. The stream has no
   * deadline: it ends when the caller leaves the loop or aborts.
   */
  events(labels: Partial<Labels>, call?: Call): Promise<AsyncIterable<ContainerEvent>>;
}
