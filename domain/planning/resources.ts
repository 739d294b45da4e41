import { createHash } from 'node:crypto';
import { containerName, networkName, type Owner, volumeName } from '../names';
import { type SidecarRole, type SidecarTemplate, sidecarHashOf, sidecarRoles } from '../sidecars';
import type { Power, Size, Spec } from '../spec';
import { type Binding, hashedIn, type Images, type Part, type Pin, type Pins, pinsWith } from './pins';

/** The location of a current or planned instance. */
export interface Placement {
  readonly instanceId: string;
  /** Unique in its database, such as `primary`. */
  readonly instanceName: string;
  readonly hostId: string;
  /** Whether its engine has ever been ready: its volume then holds data and is never replaced by an empty one. */
  readonly initialized: boolean;
  /** What its containers are created from; those that are missing are taken from the catalogue. */
  readonly pins?: Partial<Pins>;
  /** Where its containers are published according to the record; missing where that is not known. */
  readonly bindings?: Partial<Record<Part, Binding>>;
}

export interface NetworkResource {
  readonly kind: 'network';
  readonly name: string;
  readonly hostId: string;
}

/** Whether a volume may hold somebody's data, according to the volume itself. */
export type VolumeUse = 'yes' | 'no' | 'unknown';

export interface VolumeResource {
  readonly kind: 'volume';
  readonly name: string;
  readonly hostId: string;
  /** Missing where nobody looked, which counts as `unknown`. */
  readonly used?: VolumeUse;
}

/** The container of an instance, and the engine in it. */
export interface ServerResource {
  readonly kind: 'server';
  readonly name: string;
  readonly hostId: string;
  readonly instanceId: string;
  readonly power: Power;
  /** Null when it was observed on a host, which does not know the template. */
  readonly template: ServerTemplate | null;
  /** A hash of the properties that only a new container can change, to compare the current with the wanted server. */
  readonly templateHash: string;
  /** Can be changed while it runs. */
  readonly limits: Size;
  /** The number of the owner's password that its engine should have; null when it was observed on a host. */
  readonly credentials: number | null;
  /** The networks that it is connected to. */
  readonly networkNames: readonly string[];
  /** Its container's image as it was created with; missing in a wanted server. */
  readonly image?: string;
  /** Where its port is published; missing where that is not known. */
  readonly binding?: Binding;
  /** Facts from its engine; missing if the engine is not running or was not queried. */
  readonly engine?: EngineFacts;
}

/**
 * The values last applied to an engine, according to the records; null from the start of a change until it takes
 * effect.
 */
export interface Applied {
  readonly settings: Readonly<Record<string, string>> | null;
  /** The number of the owner's password that it has. */
  readonly credentials: number | null;
}

export interface EngineFacts {
  /** The settings that need a restart: those whose context is `postmaster` (PostgreSQL, 53.25). */
  readonly restartSettings: readonly string[];
  /** Current memory usage of its container, without the file cache. */
  readonly memoryUsedBytes: number;
}

/** The container of an instance's sidecar. */
export interface SidecarResource {
  readonly kind: 'sidecar';
  readonly name: string;
  readonly hostId: string;
  readonly instanceId: string;
  readonly role: SidecarRole;
  readonly isRunning: boolean;
  /** Null when it was observed on a host, which does not know the template. */
  readonly template: SidecarTemplate | null;
  readonly templateHash: string;
  /** The networks that it is connected to. */
  readonly networkNames: readonly string[];
  /** As of a server. */
  readonly image?: string;
  readonly binding?: Binding;
}

/** The inputs of a server's container and configuration. */
export interface ServerTemplate {
  readonly version: string;
  /** The reference of its image. */
  readonly image: string;
  /** The image itself, if it is on record. */
  readonly digest?: string | null;
  readonly size: Size;
  /** The engine's configuration, by PostgreSQL's names. */
  readonly settings: Readonly<Record<string, string>>;
  readonly networkName: string;
  readonly volumeName: string;
  readonly initialized: boolean;
}

/** One object on one host that a database needs. */
export type Resource = NetworkResource | VolumeResource | ServerResource | SidecarResource;

/** Finds the same resource in a list: kind, name and host identify it. */
export function find<Kind extends Resource>(among: readonly Resource[], one: Kind): Kind | undefined {
  return among.find(
    (other): other is Kind => other.kind === one.kind && other.name === one.name && other.hostId === one.hostId,
  );
}

/** The images and settings that an installation builds databases from. */
export interface Catalogue extends Images {
  /** The engine's whole configuration. */
  readonly settingsOf: (spec: Pick<Spec, 'version' | 'size' | 'parameters'>) => Readonly<Record<string, string>>;
}

/**
 * The resources of a database with this specification at these placements; none without a specification. Throws
 * `image_not_found` when a placement without a pin has a version that is not on offer.
 */
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
    ...volumesOf(owner, placements),
    ...placements.flatMap((placement): Resource[] => {
      const pins = pinsWith(placement.pins ?? {}, catalogue, spec.version);
      return [
        serverOf(owner, placement, pins.engine, catalogue, spec),
        ...sidecarRoles
          .filter((role) => spec[role].enabled)
          .map((role) => sidecarOf(role, owner, placement, pins[role], spec)),
      ];
    }),
  ];
}

/** The volumes of instances on record: no plan removes another one, which may be a copy that somebody made. */
export function volumesOf(owner: Owner, placements: readonly Placement[]): VolumeResource[] {
  return placements.map(({ instanceName, hostId }) => ({
    kind: 'volume',
    name: volumeName(owner, instanceName),
    hostId,
  }));
}

function serverOf(owner: Owner, placement: Placement, pin: Pin, { settingsOf }: Catalogue, spec: Spec): ServerResource {
  const template: ServerTemplate = {
    version: spec.version,
    image: pin.reference,
    digest: pin.digest,
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
    templateHash: templateHashOf(template, hashedIn(pin)),
    limits: spec.size,
    credentials: spec.credentials,
    networkNames: [template.networkName],
    ...bindingOf(placement, 'engine'),
  };
}

function sidecarOf(
  role: SidecarRole,
  owner: Owner,
  placement: Placement,
  pin: Pin,
  { pooler: { mode, poolSize }, power }: Spec,
): SidecarResource {
  const { instanceId, instanceName, hostId } = placement;
  const template: SidecarTemplate = {
    image: pin.reference,
    digest: pin.digest,
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
    templateHash: sidecarHashOf(template, hashedIn(pin)),
    ...bindingOf(placement, role),
  };
}

function bindingOf({ bindings }: Placement, part: Part): { readonly binding?: Binding } {
  const binding = bindings?.[part];
  return binding === undefined ? {} : { binding };
}

/**
 * The hash of the properties that only a new container can change. Memory is one of them, because the size of the
 * container's shared memory follows from it; CPUs and settings can be changed in an existing container.
 *
 * @param others further ones, of its pin
 */
export function templateHashOf(
  { version, image, size, networkName, volumeName }: ServerTemplate,
  others: object = {},
): string {
  const { memoryBytes } = size;
  const made = { version, image, memoryBytes, networkName, volumeName, ...others };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
}
