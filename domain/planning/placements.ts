import type { SidecarRole } from '../sidecars';
import { type Binding, type Part, type Pin, type Pins, pinOf } from './pins';
import type { Placement, Resource, ServerResource, SidecarResource } from './resources';

/** What is on record about one container; null where a version that did not record it left the record. */
interface RecordedContainer {
  readonly pin: Pin | null;
  readonly recordedAddress: string | null;
  readonly hostPort: number;
}

/** An instance on record. */
export interface RecordedInstance extends RecordedContainer {
  readonly id: string;
  readonly name: string;
  readonly hostId: string;
  readonly initializedAt: Date | null;
  readonly sidecars: readonly (RecordedContainer & { readonly role: SidecarRole })[];
}

/** The current placements. Where the record has no pin, the image of the observed container is it. */
export function recordedPlacements(instances: readonly RecordedInstance[], observed: readonly Resource[]): Placement[] {
  return instances.map((instance) => ({
    instanceId: instance.id,
    instanceName: instance.name,
    hostId: instance.hostId,
    initialized: instance.initializedAt !== null,
    pins: pinsOf(instance, observed),
    bindings: bindingsOf(instance),
  }));
}

function pinsOf(instance: RecordedInstance, observed: readonly Resource[]): Partial<Pins> {
  const pins = containersOf(instance).flatMap(([part, { pin }]) => {
    const known = pin ?? observedPin(findContainer(observed, instance.id, part));
    return known === null ? [] : [[part, known]];
  });
  return Object.fromEntries(pins);
}

function bindingsOf(instance: RecordedInstance): Partial<Record<Part, Binding>> {
  const bindings = containersOf(instance).flatMap(([part, { recordedAddress: address, hostPort: port }]) =>
    address === null ? [] : [[part, { address, port }]],
  );
  return Object.fromEntries(bindings);
}

/** What is on record about the containers of an instance, by part. */
function containersOf(instance: RecordedInstance): (readonly [Part, RecordedContainer])[] {
  return [['engine', instance], ...instance.sidecars.map((sidecar) => [sidecar.role, sidecar] as const)];
}

/** Finds the container of a part of an instance. */
function findContainer(
  observed: readonly Resource[],
  instanceId: string,
  part: Part,
): ServerResource | SidecarResource | undefined {
  return observed.find(
    (one): one is ServerResource | SidecarResource =>
      (one.kind === 'server' || one.kind === 'sidecar') &&
      one.instanceId === instanceId &&
      (one.kind === 'server' ? 'engine' : one.role) === part,
  );
}

function observedPin(container: ServerResource | SidecarResource | undefined): Pin | null {
  return container?.image === undefined ? null : pinOf(container.image);
}
