import { createHash } from 'node:crypto';
import { containerName, networkName, type Owner, volumeName } from '../names';
import { type SidecarRole, type SidecarTemplate, sidecarHashOf, sidecarRoles } from '../sidecars';
import type { Power, Size, Spec } from '../spec';

/** Where an instance of a database is or is to be. */
export interface Placement {
  readonly instanceId: string;
  /** Unique in its database, such as `primary`. */
  readonly instanceName: string;
  readonly hostId: string;
  /** Whether its engine has been ready once: from then on its volume holds data, and an empty one is never put in its place. */
  readonly initialized: boolean;
}

export interface NetworkResource {
  readonly kind: 'network';
  readonly name: string;
  readonly hostId: string;
}

export interface VolumeResource {
  readonly kind: 'volume';
  readonly name: string;
  readonly hostId: string;
}

/** The container of an instance, and the engine in it. */
export interface ServerResource {
  readonly kind: 'server';
  readonly name: string;
  readonly hostId: string;
  readonly instanceId: string;
  readonly power: Power;
  /** What it is made of; null when it was seen on a host that does not know. */
  readonly template: ServerTemplate | null;
  /** A hash of what only a new container can change, the way to compare what is with what is wanted. */
  readonly templateHash: string;
  /** What it may use: changed while it runs. */
  readonly limits: Size;
  /** Which of the owner's passwords its engine is to have; null when it was seen on a host that does not know. */
  readonly credentials: number | null;
  /** The networks that it is on. */
  readonly networkNames: readonly string[];
  /** What its engine says of itself; missing where it does not run or was not asked. */
  readonly engine?: EngineFacts;
}

/** What an engine was told last, by the records: null from before a change until it has taken effect. */
export interface Applied {
  readonly settings: Readonly<Record<string, string>> | null;
  /** Which of the owner's passwords it has. */
  readonly credentials: number | null;
}

export interface EngineFacts {
  /** The settings that a reload does not change: those whose context is `postmaster` (PostgreSQL, 53.25). */
  readonly restartSettings: readonly string[];
  /** What its container uses now, without the file cache. */
  readonly memoryUsedBytes: number;
}

/** The container of a sidecar, beside its instance's. */
export interface SidecarResource {
  readonly kind: 'sidecar';
  readonly name: string;
  readonly hostId: string;
  readonly instanceId: string;
  readonly role: SidecarRole;
  readonly isRunning: boolean;
  /** What it is made of; null when it was seen on a host that does not know. */
  readonly template: SidecarTemplate | null;
  readonly templateHash: string;
  /** The networks that it is on. */
  readonly networkNames: readonly string[];
}

/** What a server's container and configuration are made from. */
export interface ServerTemplate {
  readonly version: string;
  readonly image: string;
  readonly size: Size;
  /** The engine's configuration, by PostgreSQL's names. */
  readonly settings: Readonly<Record<string, string>>;
  readonly networkName: string;
  readonly volumeName: string;
  readonly initialized: boolean;
}

/** One thing on one host that a database needs. */
export type Resource = NetworkResource | VolumeResource | ServerResource | SidecarResource;

/** The same resource among others: kind, name and host are its identity. */
export function find<Kind extends Resource>(among: readonly Resource[], one: Kind): Kind | undefined {
  return among.find(
    (other): other is Kind => other.kind === one.kind && other.name === one.name && other.hostId === one.hostId,
  );
}

/** What an installation makes databases of. */
export interface Catalogue {
  /** Major version to image. */
  readonly images: Readonly<Record<string, string>>;
  /** The engine's whole configuration. */
  readonly sidecarImages: Readonly<Record<SidecarRole, string>>;
  readonly settingsOf: (spec: Pick<Spec, 'version' | 'size' | 'parameters'>) => Readonly<Record<string, string>>;
}

/** What a database of this specification consists of, at these places; of nothing, when it is null. */
export function resourcesOf(
  owner: Owner,
  placements: readonly Placement[],
  catalogue: Catalogue,
  spec: Spec | null,
): Resource[] {
  if (spec === null) return [];
  const hostIds = [...new Set(placements.map((placement) => placement.hostId))];
  return [
    ...hostIds.map((hostId): Resource => ({ kind: 'network', name: networkName(owner), hostId })),
    ...placements.flatMap((placement): Resource[] => [
      { kind: 'volume', name: volumeName(owner, placement.instanceName), hostId: placement.hostId },
      serverOf(owner, placement, catalogue, spec),
      ...sidecarRoles
        .filter((role) => spec[role].enabled)
        .map((role) => sidecarOf(role, owner, placement, catalogue, spec)),
    ]),
  ];
}

function serverOf(owner: Owner, placement: Placement, { images, settingsOf }: Catalogue, spec: Spec): ServerResource {
  const template: ServerTemplate = {
    version: spec.version,
    image: images[spec.version] ?? `postgres:${spec.version}`,
    size: spec.size,
    settings: settingsOf(spec),
    networkName: networkName(owner),
    volumeName: volumeName(owner, placement.instanceName),
    initialized: placement.initialized,
  };
  return {
    kind: 'server',
    name: containerName(owner, placement.instanceName),
    hostId: placement.hostId,
    instanceId: placement.instanceId,
    power: spec.power,
    template,
    templateHash: templateHashOf(template),
    limits: spec.size,
    credentials: spec.credentials,
    networkNames: [template.networkName],
  };
}

function sidecarOf(
  role: SidecarRole,
  owner: Owner,
  { instanceId, instanceName, hostId }: Placement,
  { sidecarImages }: Catalogue,
  { pooler: { mode, poolSize }, power }: Spec,
): SidecarResource {
  const template: SidecarTemplate = {
    image: sidecarImages[role],
    networkName: networkName(owner),
    engineHost: instanceId,
    serverName: containerName(owner, instanceName),
    pool: role === 'pooler' ? { mode, poolSize } : null,
  };
  return {
    kind: 'sidecar',
    name: containerName(owner, `${instanceName}-${role}`),
    hostId,
    instanceId,
    role,
    isRunning: power === 'running',
    networkNames: [template.networkName],
    template,
    templateHash: sidecarHashOf(template),
  };
}

/**
 * The hash of what only a new container can change. Its memory is part of that, as the shared memory that it is made
 * with follows from it; processors and settings are changed in one that is there.
 */
export function templateHashOf({ version, image, size, networkName, volumeName }: ServerTemplate): string {
  const { memoryBytes } = size;
  const made = { version, image, memoryBytes, networkName, volumeName };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
}
