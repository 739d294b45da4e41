import type { Backend, Call, ObservedContainer, ObservedObject } from '../../containers/backend';
import { isKilledForMemory } from '../../containers/exits';
import { resourcesFrom } from '../../containers/resources';
import { databaseIdOf, installationLabels, labelsOf, type Owner } from '../../domain/names';
import { driftOf, type Exits, endedWithEngine, plannable, repairableStates } from '../../domain/planning/drift';
import { recordedPlacements } from '../../domain/planning/placements';
import { planSidecars } from '../../domain/planning/plan-sidecars';
import { type Catalogue, find, type Resource, resourcesOf } from '../../domain/planning/resources';
import type { DatabaseRecord } from '../../store/databases/records';

/** The host to reconcile, and how to read it. */
export interface HostScope {
  readonly backend: Backend;
  readonly installation: string;
  readonly hostId: string;
  readonly catalogue: Catalogue;
}

/** A database at rest, compared with its objects on the host. */
export interface Comparison {
  readonly database: DatabaseRecord;
  readonly owner: Owner;
  readonly containers: readonly ObservedContainer[];
  /** How the host differs from the record, for people; null when it does not, or when it would not be repaired. */
  readonly drift: readonly string[] | null;
  /** Whether its server ended because the container engine, or the host, was restarted. */
  readonly endedWithEngine: boolean;
  /** Whether the database itself has drifted, not only its sidecars, which it works without. */
  readonly isVital: boolean;
  /** Sidecars' containers that should run and do not. */
  readonly deadSidecars: readonly string[];
  /** Volumes that are not in the record. */
  readonly unknownVolumes: readonly Resource[];
  /** Volumes, networks and servers of a database with data that do not exist. */
  readonly missing: readonly { readonly kind: ObservedObject['kind']; readonly name: string }[];
}

/** The installation's objects on the host, or those of these databases. */
export async function listObjects(
  { backend, installation }: HostScope,
  only: readonly DatabaseRecord[] | null,
  call: Call,
): Promise<ObservedObject[]> {
  if (only === null) return backend.list(installationLabels(installation), call);
  const lists = only.map(({ id: databaseId, tenantId }) =>
    backend.list(labelsOf({ installation, tenantId, databaseId }), call),
  );
  return (await Promise.all(lists)).flat();
}

/**
 * Compares a database with its objects on the host. Throws `image_not_found` for one whose container is gone, whose
 * record does not say what it was created from, and whose version is not on offer.
 *
 * @param engineStartedAt when the host's container engine started; null if unknown
 */
export function compare(
  { installation, hostId, catalogue }: HostScope,
  database: DatabaseRecord,
  objects: readonly ObservedObject[],
  engineStartedAt: Date | null,
): Comparison {
  const { id, tenantId, spec, state, instances } = database;
  const owner = { installation, tenantId, databaseId: id };
  const own = objects.filter(({ labels }) => databaseIdOf(labels) === id);
  const containers = own.filter((object) => object.kind === 'container');
  const observed = resourcesFrom(own, hostId);
  const placements = recordedPlacements(instances, observed);
  const wanted = resourcesOf(owner, placements, catalogue, spec).filter((resource) => resource.hostId === hostId);
  const kept = plannable(observed, wanted);
  const exits = exitsOf(containers);
  return {
    database,
    owner,
    containers,
    drift: repairableStates.includes(state) ? driftOf(observed, wanted, exits, failing(database, wanted)) : null,
    endedWithEngine: containers
      .filter(({ name }) => wanted.some((one) => one.kind === 'server' && one.power !== 'stopped' && one.name === name))
      .some((one) => endedWithEngine({ isUp: isUp(one), startedAt: one.startedAt }, engineStartedAt)),
    isVital: driftOf(observed.filter(isMain), wanted.filter(isMain), exits) !== null,
    deadSidecars: planSidecars(observed, wanted, false).ensure.map((step) => step.with.name),
    unknownVolumes: observed.filter((resource) => !kept.includes(resource)),
    missing: instances.some(({ initializedAt }) => initializedAt !== null)
      ? wanted.filter((resource) => isMain(resource) && find(observed, resource) === undefined).map(objectOf)
      : [],
  };
}

/** The wanted sidecars that have an error, by name. */
function failing({ instances }: DatabaseRecord, wanted: readonly Resource[]): string[] {
  const failed = instances.flatMap(({ id, sidecars }) =>
    sidecars.flatMap(({ role, error }) => (error === null ? [] : [`${id} ${role}`])),
  );
  return wanted.flatMap((one) =>
    one.kind === 'sidecar' && failed.includes(`${one.instanceId} ${one.role}`) ? [one.name] : [],
  );
}

/** A resource as the host lists it. */
function objectOf({ kind, name }: Resource): Comparison['missing'][number] {
  return { kind: kind === 'server' || kind === 'sidecar' ? 'container' : kind, name };
}

function isUp({ state }: ObservedContainer): boolean {
  return state === 'running' || state === 'paused';
}

function isMain({ kind }: Resource): boolean {
  return kind !== 'sidecar';
}

function exitsOf(containers: readonly ObservedContainer[]): Exits {
  return Object.fromEntries(
    containers.flatMap((container) => {
      const { name, exitCode } = container;
      return exitCode === null ? [] : [[name, { exitCode, oomKilled: isKilledForMemory(container) }]];
    }),
  );
}
