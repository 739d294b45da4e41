import { instanceIdFrom, sidecarIn } from '../../domain/names';
import type { ContainerRecord } from '../../store/databases/pins';
import type { Comparison } from './compare';

/**
 * The containers of a database on this host whose record does not say what they were created from or where they are
 * published: a version before this record created them. Whatever is found is what is wanted of them.
 */
export function unrecordedContainers({ database, containers }: Comparison, hostId: string): ContainerRecord[] {
  const instances = database.instances.filter((instance) => instance.hostId === hostId);
  return instances.flatMap((instance) => {
    const parts = [
      { ...instance, part: 'engine' as const },
      ...instance.sidecars.map((one) => ({ ...one, part: one.role })),
    ];
    return parts.flatMap(({ part, pin, recordedAddress }): ContainerRecord[] => {
      if (pin !== null && recordedAddress !== null) return [];
      const container = containers.find(
        ({ labels }) => instanceIdFrom(labels) === instance.id && (sidecarIn(labels) ?? 'engine') === part,
      );
      if (container === undefined) return [];
      const { image, binding } = container;
      return [{ instanceId: instance.id, part, reference: pin?.reference ?? image, image, binding }];
    });
  });
}
