import { instanceIdFrom, sidecarIn, specHashOf } from '../domain/names';
import type { Resource } from '../domain/planning/resources';
import { sidecarRoles } from '../domain/sidecars';
import type { Power } from '../domain/spec';
import type { ContainerState, ObservedContainer, ObservedObject } from './backend';

/** Converts objects observed on a host into resources to plan from. */
export function resourcesFrom(objects: readonly ObservedObject[], hostId: string): Resource[] {
  return objects.map((object): Resource => {
    const { kind, name, labels } = object;
    if (kind !== 'container') return { kind, name, hostId };
    const seen = {
      ...{ name, hostId },
      instanceId: instanceIdFrom(labels) ?? '',
      template: null,
      templateHash: specHashOf(labels) ?? '',
      networkNames: networksOf(object, objects),
      image: object.image,
      ...(object.binding === null ? {} : { binding: object.binding }),
    };
    const role = sidecarRoles.find((one) => one === sidecarIn(labels));
    if (role !== undefined) return { kind: 'sidecar', ...seen, role, isRunning: object.state === 'running' };
    const { nanoCpus, memoryBytes } = object;
    return {
      kind: 'server',
      ...seen,
      power: powerOf(object.state),
      limits: { nanoCpus, memoryBytes },
      credentials: null,
    };
  });
}

/** A container refers to its network by id: on a network recreated under the same name it would not even start. */
function networksOf({ networks }: ObservedContainer, objects: readonly ObservedObject[]): string[] {
  const isThere = (name: string, id: string | null): boolean =>
    id === null || objects.some((object) => object.kind === 'network' && object.name === name && object.id === id);
  return Object.keys(networks).filter((name) => isThere(name, networks[name] ?? null));
}

/** A state without processes counts as stopped. */
function powerOf(state: ContainerState): Power {
  return state === 'running' || state === 'paused' ? state : 'stopped';
}
