import type { Backend, ObservedObject } from '../backend';
import type { Engine } from './engine';
import { labelFilter } from './filters';

/** Lists the host's objects by their labels. */
export function createListing({ docker, ask }: Engine, inspect: Backend['inspectContainer']): Pick<Backend, 'list'> {
  return {
    async list(labels, call) {
      const filters = labelFilter(labels);
      const [containers, volumes, networks] = await Promise.all([
        ask('list containers', call, (abortSignal) => docker.listContainers({ all: true, filters, abortSignal })),
        ask('list volumes', call, (abortSignal) => docker.listVolumes({ filters, abortSignal } as object)),
        ask('list networks', call, (abortSignal) => docker.listNetworks({ filters, abortSignal })),
      ]);
      const inspected = await Promise.all(containers.map(({ Id }) => inspect(Id, call)));
      return [
        // Skips containers that were removed after the listing.
        ...inspected.filter((container) => container !== null),
        ...volumes.Volumes.map(({ Name, Labels }): ObservedObject => ({ kind: 'volume', name: Name, labels: Labels })),
        ...networks.map(
          ({ Name, Id, Labels }): ObservedObject => ({ kind: 'network', name: Name, id: Id, labels: Labels ?? {} }),
        ),
      ];
    },
  };
}
