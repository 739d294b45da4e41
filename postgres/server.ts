import type { ContainerSpec, FileSpec, VolumeMount } from '../containers/backend';
import type { Labels } from '../domain/names';
import { imageOf } from '../domain/planning/pins';
import type { ServerTemplate } from '../domain/planning/resources';
import { confOf, hbaConf } from './conf';
import { entrypointCommand } from './entrypoint';
import { layoutOf } from './layout';

const mebibyte = 1024 ** 2;

/** The port that PostgreSQL listens on inside its container. */
export const enginePort = 5432;

export interface ServerPlace {
  readonly name: string;
  readonly labels: Labels;
  /** The alias by which sidecars find the server on the database's network. */
  readonly alias: string;
  readonly publish: { readonly hostIp: string; readonly hostPort: number };
}

/** A server always has a volume. */
export type ServerSpec = ContainerSpec & { readonly volume: VolumeMount };

/** The container of an instance: hardened, on its own volume and network, reachable at its published port. */
export function containerSpecOf(template: ServerTemplate, { name, labels, alias, publish }: ServerPlace): ServerSpec {
  const { mountPath } = layoutOf(template.version);
  return {
    name,
    labels,
    image: imageOf(template),
    command: entrypointCommand(template.version),
    env: {},
    user: 'postgres',
    network: { name: template.networkName, aliases: [alias] },
    volume: { name: template.volumeName, mountPath },
    // The root file system is read-only; the socket's directory belongs to the engine's user (uid and gid 999 in all
    // its images).
    tmpfs: { '/var/run/postgresql': 'uid=999,gid=999,mode=0775,size=1m', '/tmp': 'mode=1777,size=64m' },
    publish: { containerPort: enginePort, ...publish },
    nanoCpus: template.size.nanoCpus,
    memoryBytes: template.size.memoryBytes,
    shmBytes: Math.max(64 * mebibyte, Math.floor(template.size.memoryBytes / 4)),
    pidsLimit: 1024,
    // Fast shutdown; at SIGTERM, PostgreSQL would wait for every client (PostgreSQL, 19.5).
    stopSignal: 'SIGINT',
    stopTimeoutSeconds: 60,
  };
}

/**
 * The files that the entrypoint reads: settings, access rules and, until there is data, the permission to create it.
 */
export function serverFilesOf({ settings, initialized }: ServerTemplate): FileSpec[] {
  const readable = 0o644;
  return [
    { name: 'postgresql.conf', content: confOf(settings), mode: readable },
    { name: 'pg_hba.conf', content: hbaConf, mode: readable },
    ...(initialized ? [] : [{ name: 'initialize', content: '', mode: readable }]),
  ];
}
