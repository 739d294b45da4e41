import { createHash } from 'node:crypto';
import { containerName, networkName, type Owner, volumeName } from './names';
import type { Power, Size, Spec } from './spec';

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
  /** A hash of the template, the way to compare what is with what is wanted. */
  readonly templateHash: string;
}

/** What a server's container and configuration are made from. */
export interface ServerTemplate {
  readonly version: string;
  readonly image: string;
  readonly size: Size;
  readonly parameters: Readonly<Record<string, string>>;
  readonly networkName: string;
  readonly volumeName: string;
  readonly initialized: boolean;
}

/** One thing on one host that a database needs. */
export type Resource = NetworkResource | VolumeResource | ServerResource;

/**
 * What a database of this specification consists of, at these places.
 *
 * @param images the catalogue: major version to image
 */
export function resourcesOf(
  owner: Owner,
  placements: readonly Placement[],
  images: Readonly<Record<string, string>>,
  spec: Spec | null,
): Resource[] {
  if (spec === null) return [];
  const hostIds = [...new Set(placements.map((placement) => placement.hostId))];
  return [
    ...hostIds.map((hostId): Resource => ({ kind: 'network', name: networkName(owner), hostId })),
    ...placements.flatMap((placement): Resource[] => [
      { kind: 'volume', name: volumeName(owner, placement.instanceName), hostId: placement.hostId },
      serverOf(owner, placement, images, spec),
    ]),
  ];
}

function serverOf(
  owner: Owner,
  placement: Placement,
  images: Readonly<Record<string, string>>,
  spec: Spec,
): ServerResource {
  const template: ServerTemplate = {
    version: spec.version,
    image: images[spec.version] ?? `postgres:${spec.version}`,
    size: spec.size,
    parameters: spec.parameters,
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
  };
}

/** The hash of what a container is made from; whether the volume already holds data does not count. */
export function templateHashOf({ initialized: _initialized, ...template }: ServerTemplate): string {
  return createHash('sha256').update(canonicalJson(template)).digest('hex').slice(0, 16);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
