import type { Backend, Call, ContainerSpec } from '../../containers/backend';
import { DatabaseError } from '../../domain/errors';
import type { Labels } from '../../domain/names';
import type { ConnectionInput } from '../connection';
import { type EngineAddress, explainingExit } from '../engine';
import { monitorLogin } from '../logins';
import type { Patience } from '../patience';
import { probeExporter, probePooler } from '../probe';
import { runPsql } from '../psql';
import { awaitAnswer } from '../readiness';
import { scramVerifier } from '../scram';
import { enginePort } from '../server';
import { sidecarDirectory, writeFileCommand } from './entrypoint';
import { exporterCommand, exporterEnv, exporterPasswordFile, exporterPort, exporterSql } from './exporter';
import {
  type PoolerSettings,
  pgbouncerIni,
  poolerCommand,
  poolerFiles,
  poolerPort,
  poolerSql,
  userlistOf,
} from './pgbouncer';

const mebibyte = 1024 ** 2;

/** The limits of a sidecar, whatever the size of its database. */
export const poolerSize = { nanoCpus: 500_000_000, memoryBytes: 64 * mebibyte } as const;
export const exporterSize = { nanoCpus: 250_000_000, memoryBytes: 64 * mebibyte } as const;

/** Makes the Go runtime collect garbage before the container reaches its memory limit. */
const exporterHeap = '48MiB';

/** A number, which needs no entry in the image, and which accounts on a host do not usually have. */
const sidecarUser = 10_432;

const writeTimeoutSeconds = 30;

export interface SidecarPlace {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  readonly networkName: string;
  /** The engine's alias on that network. */
  readonly engineHost: string;
  readonly publish: { readonly hostIp: string; readonly hostPort: number };
}

/** The container of a pooler. */
export function poolerSpecOf(place: SidecarPlace): ContainerSpec {
  return sidecarSpecOf(place, { command: poolerCommand, env: {}, port: poolerPort, ...poolerSize });
}

/** The container of an exporter. */
export function exporterSpecOf(place: SidecarPlace): ContainerSpec {
  const env = { ...exporterEnv({ engineHost: place.engineHost, enginePort }), GOMEMLIMIT: exporterHeap };
  return sidecarSpecOf(place, { command: exporterCommand, env, port: exporterPort, ...exporterSize });
}

type SidecarProgram = Pick<ContainerSpec, 'command' | 'env' | 'nanoCpus' | 'memoryBytes'> & { readonly port: number };

/** Hardened like a server, without a volume: its files are in memory, which is never swapped. */
function sidecarSpecOf(
  { name, labels, image, networkName, publish }: SidecarPlace,
  { port, ...program }: SidecarProgram,
): ContainerSpec {
  return {
    name,
    labels,
    image,
    ...program,
    user: `${sidecarUser}:${sidecarUser}`,
    network: { name: networkName, aliases: [] },
    volume: null,
    tmpfs: { [sidecarDirectory]: `uid=${sidecarUser},gid=${sidecarUser},mode=0700,size=1m` },
    publish: { containerPort: port, ...publish },
    shmBytes: mebibyte,
    pidsLimit: 64,
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: 5,
  };
}

export interface PoolerFiles extends Omit<PoolerSettings, 'enginePort'> {
  /** The password of `slipway_pooler` in plain text: PgBouncer logs in with it. */
  readonly password: string;
}

export interface ExporterFiles {
  /** The password of `slipway_exporter` in plain text. */
  readonly password: string;
}

/** A running sidecar, its published address and the values for its files. */
export interface RunningSidecar<Files> {
  readonly name: string;
  readonly address: EngineAddress;
  readonly files: Files;
}

/**
 * The logins and files of sidecars. Every call may be repeated, even while a sidecar serves: its new files take effect
 * without dropping a client. The files are lost when the container stops, and must be written after every start.
 */
export interface Sidecars {
  /**
   * Creates the pooler's role with this password, and its lookup function, in the engine's container. Throws
   * `engine_error`.
   */
  ensurePoolerLogin(engineContainer: string, password: string, call: Call): Promise<void>;
  /** Creates the exporter's role with this password. Throws `engine_error`. */
  ensureExporterLogin(engineContainer: string, password: string, call: Call): Promise<void>;
  /**
   * Writes the files and waits until the monitor can query the engine through the pooler, as a user would. Throws
   * `not_ready` or `container_exited`, with the tail of the log, and `backend_error` if a file cannot be written.
   */
  ensurePoolerReady(pooler: RunningSidecar<PoolerFiles>, monitorPassword: string, call: Call): Promise<void>;
  /** Writes the file and waits for metrics of the engine; throws the same codes as for the pooler. */
  ensureExporterReady(exporter: RunningSidecar<ExporterFiles>, call: Call): Promise<void>;
}

/** @param patience how often and how long to probe a sidecar until it serves */
export function createSidecars(backend: Backend, patience: Patience): Sidecars {
  async function writeFile(name: string, file: string, content: string, call: Call): Promise<void> {
    const exec = { command: writeFileCommand(file), stdin: content, timeoutSeconds: writeTimeoutSeconds };
    const { exitCode, stderr } = await backend.exec(name, exec, call);
    if (exitCode === 0) return;
    const reason = stderr.split('\n')[0] ?? '';
    throw new DatabaseError('backend_error', `writing ${file} in ${name} failed with exit code ${exitCode}: ${reason}`);
  }

  return {
    ensurePoolerLogin: (engineContainer, password, call) =>
      runPsql(backend, engineContainer, poolerSql(scramVerifier(password)), call),

    ensureExporterLogin: (engineContainer, password, call) =>
      runPsql(backend, engineContainer, exporterSql(scramVerifier(password)), call),

    async ensurePoolerReady({ name, address, files }, monitorPassword, call) {
      const { password, ...settings } = files;
      const login: ConnectionInput = { ...address, ...monitorLogin, password: monitorPassword };
      await explainingExit(backend, name, call, async (watched) => {
        await writeFile(name, poolerFiles.userlist, userlistOf(password), watched);
        await writeFile(name, poolerFiles.config, pgbouncerIni({ ...settings, enginePort }), watched);
        await awaitAnswer(() => probePooler(login), patience, watched.signal, { name: 'the pooler' });
      });
    },

    async ensureExporterReady({ name, address, files }, call) {
      await explainingExit(backend, name, call, async (watched) => {
        await writeFile(name, exporterPasswordFile, files.password, watched);
        await awaitAnswer(() => probeExporter(address), patience, watched.signal, { name: 'the exporter' });
      });
    },
  };
}
