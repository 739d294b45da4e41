import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { ContainerSpec } from '../../../containers/backend';
import { freePort } from '../../../dev/stack/ports';
import { type ConnectionInput, connectionOf } from '../../../postgres/connection';
import {
  createSidecars,
  exporterSpecOf,
  type PoolerFiles,
  poolerSpecOf,
  type SidecarPlace,
} from '../../../postgres/sidecars/sidecars';
import { required } from '../../support/database';
import { createWorkbench, passwords, type Server } from '../workbench';

/** A sidecar's container, as Slipway makes it. */
export interface Sidecar {
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly address: { readonly host: string; readonly port: number };
}

export const sidecarPasswords = { pooler: 'pooler-pass"word', exporter: 'exporter-password' };

export const poolerFiles: PoolerFiles = {
  engineHost: 'primary',
  mode: 'transaction',
  poolSize: 2,
  password: sidecarPasswords.pooler,
};

/** Sidecars of one test file, beside the one server of its workbench. */
export function createSidecarBench(timeoutMs = 20_000) {
  const workbench = createWorkbench();
  const { backend, docker, labels } = workbench;
  const sidecars = createSidecars(backend, { intervalMs: 25, timeoutMs });

  async function create(server: Server, specOf: (place: SidecarPlace) => ContainerSpec): Promise<Sidecar> {
    const name = `${server.name}-${randomBytes(2).toString('hex')}`;
    const publish = { hostIp: '127.0.0.1', hostPort: await freePort() };
    const place = { name, labels, networkName: server.spec.network.name, engineHost: poolerFiles.engineHost, publish };
    const spec = specOf({ ...place, image: required('SLIPWAY_POOLER_IMAGE') });
    await backend.ensureContainer(spec);
    return { name, spec, address: { host: publish.hostIp, port: publish.hostPort } };
  }

  async function start({ name }: Sidecar): Promise<void> {
    await backend.startContainer(name, labels);
  }

  return {
    ...workbench,
    sidecars,
    start,
    async pooler(server: Server, specOf = poolerSpecOf): Promise<Sidecar> {
      const pooler = await create(server, specOf);
      await start(pooler);
      return pooler;
    },
    async exporter(server: Server): Promise<Sidecar> {
      const imaged = (place: SidecarPlace) => exporterSpecOf({ ...place, image: required('SLIPWAY_EXPORTER_IMAGE') });
      const exporter = await create(server, imaged);
      await start(exporter);
      return exporter;
    },
    poolerReady({ name, address }: Sidecar, files: Partial<PoolerFiles> = {}): Promise<void> {
      const pooler = { name, address, files: { ...poolerFiles, ...files } };
      return sidecars.ensurePoolerReady(pooler, passwords.monitor, {});
    },
    exporterReady({ name, address }: Sidecar, password = sidecarPasswords.exporter): Promise<void> {
      return sidecars.ensureExporterReady({ name, address, files: { password } }, {});
    },
    async log(name: string): Promise<string> {
      return (await backend.logs(name, { tail: 1000 })).map(({ text: line }) => line).join('\n');
    },
    /** What the daemon told of a container since a moment, such as the arguments of every exec. */
    async events(name: string, since: Date): Promise<{ readonly Action: string; readonly timeNano: number }[]> {
      const [from, until] = [since.getTime() / 1000, Date.now() / 1000 + 0.01];
      const span = { since: from.toFixed(3), until: until.toFixed(3) };
      const stream = await docker.getEvents({ ...span, filters: { container: [name] } } as object);
      const lines = (await text(stream as unknown as NodeJS.ReadableStream)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as { Action: string; timeNano: number });
    },
  };
}

/** The owner, through a pooler. */
export function ownerThrough({ address }: Sidecar, password = passwords.owner): ConnectionInput {
  return connectionOf({ ...address, user: 'app', database: 'app', password });
}
