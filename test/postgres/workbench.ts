import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import type { ExecResult, ObservedContainer } from '../../containers/backend';
import { createDockerBackend } from '../../containers/docker/backend';
import { createBody } from '../../containers/docker/spec';
import { freePort } from '../../dev/stack/ports';
import { labelsOf } from '../../domain/names';
import type { ServerTemplate } from '../../domain/planning/resources';
import { type Spec, sizeClasses } from '../../domain/spec';
import type { ConnectionInput } from '../../postgres/connection';
import { loginsSql, monitorLogin, ownerLogin, psqlCommand } from '../../postgres/logins';
import { probeAnswer } from '../../postgres/probe';
import { awaitAnswer } from '../../postgres/readiness';
import { scramVerifier } from '../../postgres/scram';
import { containerSpecOf, type ServerSpec, serverFilesOf } from '../../postgres/server';
import { settingsOf } from '../../postgres/settings';
import { required } from '../support/database';
import { eventually } from '../support/eventually';
import { newInstallation } from '../support/installations';
import { removeEverything } from '../support/slipway';

/** Every major of the catalogue that the tests run on. */
export const majors = required('SLIPWAY_ENGINE_IMAGES')
  .split(',')
  .map((pair) => pair.split('=')[0] ?? '');

type Template = Partial<Pick<ServerTemplate, 'size' | 'initialized'> & Pick<Spec, 'parameters'>>;

/** A container as Slipway makes them, without Slipway. */
export interface Server {
  readonly name: string;
  readonly spec: ServerSpec;
  readonly address: { readonly host: string; readonly port: number };
  start(): Promise<void>;
  /** By the stop signal. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Waits until the engine answers. */
  answers(): Promise<void>;
  /** Waits for the end; the exit code and the log. */
  exits(): Promise<{ readonly code: number | null; readonly log: string }>;
  inspect(): Promise<ObservedContainer | null>;
  log(): Promise<string>;
  exec(command: readonly string[], stdin?: string): Promise<ExecResult>;
  /** Statements of the superuser, through the container's own socket; the rows, unaligned. */
  psql(sql: string): Promise<string>;
  /** Makes the roles, with these passwords. */
  logins(passwords?: { readonly owner: string; readonly monitor: string }): Promise<ExecResult>;
}

/** Both roles' passwords where a test does not care. */
export const passwords = { owner: 'owner-password', monitor: 'monitor-password' };

export function ownerAt(server: Server): ConnectionInput {
  return { ...server.address, ...ownerLogin, password: passwords.owner };
}

export function monitorAt(server: Server): ConnectionInput {
  return { ...server.address, ...monitorLogin, password: passwords.monitor };
}

/**
 * Servers of one test file on the real Docker, under a label of their own, and their removal.
 *
 * @param catalogue in the format of `SLIPWAY_ENGINE_IMAGES`; by default the images in which `initdb` is a copy
 */
export function createWorkbench(catalogue = required('SLIPWAY_ENGINE_IMAGES')) {
  const docker = new Docker();
  const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
  const installation = newInstallation();
  const networkName = `slipway-${installation}`;
  const labels = labelsOf({ installation, tenantId: 'default', databaseId: 'none' });

  /** A container, created and not started, with its volume and its files; or another one on a server's volume. */
  async function create(version: string, template: Template = {}, volumeOf?: Server): Promise<Server> {
    const name = `${networkName}-${randomBytes(4).toString('hex')}`;
    const volumeName = volumeOf?.spec.volume.name ?? name;
    const full = templateOf(catalogue, version, networkName, volumeName, template);
    const publish = { hostIp: '127.0.0.1', hostPort: await freePort() };
    const spec = containerSpecOf(full, { name, labels, alias: 'primary', publish });
    await backend.ensureNetwork({ name: networkName, labels, addressPool: '10.214.0.0/16' });
    if (volumeOf === undefined) {
      await backend.ensureVolume({ name: volumeName, labels });
      await backend.ensureContainer(spec);
    } else {
      // The adapter refuses a volume that another container mounts: past it, as somebody with a Docker client could.
      await docker.createContainer({ _query: { name }, _body: createBody(spec) } as object);
    }
    await backend.putFiles(name, spec.volume.mountPath, serverFilesOf(full));
    return serverOf(spec);
  }

  function serverOf(spec: ServerSpec): Server {
    const { name } = spec;
    const address = { host: spec.publish.hostIp, port: spec.publish.hostPort };
    const patience = { intervalMs: 20, timeoutMs: 60_000 };
    const server: Server = {
      name,
      spec,
      address,
      start: async () => void (await docker.getContainer(name).start()),
      stop: () => backend.stopContainer(name, labels),
      kill: async () => void (await docker.getContainer(name).kill()),
      answers: () => awaitAnswer(() => probeAnswer(address), patience, new AbortController().signal),
      exits: async () => {
        await eventually(async () => expect((await server.inspect())?.state).toBe('exited'));
        return { code: (await server.inspect())?.exitCode ?? null, log: await server.log() };
      },
      inspect: () => backend.inspectContainer(name),
      log: async () => (await backend.logs(name, { tail: 1000 })).map(({ text }) => text).join('\n'),
      exec: (command, stdin) =>
        backend.exec(name, { command, timeoutSeconds: 60, ...(stdin === undefined ? {} : { stdin }) }),
      psql: async (sql) => {
        const { stdout, stderr } = await server.exec([...psqlCommand, '--no-align', '--tuples-only'], sql);
        expect(stderr).toBe('');
        return stdout.trim();
      },
      logins: ({ owner, monitor } = passwords) => {
        const sql = loginsSql({ owner: scramVerifier(owner), monitor: scramVerifier(monitor) });
        return server.exec(psqlCommand, sql);
      },
    };
    return server;
  }

  return {
    backend,
    docker,
    labels,
    create,
    /** A server that answers. */
    async run(version: string, template?: Template): Promise<Server> {
      const server = await create(version, template);
      await server.start();
      await server.answers();
      return server;
    },
    /** Runs a script in the volume of a server that does not run, as the engine's user. */
    async inVolume({ spec }: Server, script: string): Promise<void> {
      const { User, Image, HostConfig, Labels } = createBody(spec);
      const container = await docker.createContainer({
        ...{ User, Image, Labels, WorkingDir: spec.volume.mountPath, Cmd: ['bash', '-euc', script] },
        HostConfig: { Mounts: HostConfig?.Mounts ?? [], AutoRemove: true },
      });
      const ended = container.wait({ condition: 'removed' });
      await container.start();
      expect(await ended).toMatchObject({ StatusCode: 0 });
    },
    remove: () => removeEverything(backend, installation),
  };
}

function templateOf(
  catalogue: string,
  version: string,
  networkName: string,
  volumeName: string,
  template: Template,
): ServerTemplate {
  const images = Object.fromEntries(catalogue.split(',').map((pair) => pair.split('=')));
  const image = String(images[version]);
  const { size = sizeClasses.large, parameters = {}, initialized = false } = template;
  const settings = settingsOf({ version, ...size, parameters });
  return { version, image, networkName, volumeName, size, settings, initialized };
}
