import type { Backend, Call } from '../containers/backend';
import { resourcesFrom } from '../containers/resources';
import { labelsOf, type Owner } from '../domain/names';
import type { Resource } from '../domain/planning/resources';
import type { Engine } from '../postgres/engine';
import type { Store } from '../store/store';

export interface ObservationDependencies {
  readonly store: Pick<Store, 'servers'>;
  readonly backend: Pick<Backend, 'list' | 'stats'>;
  readonly engine: Pick<Engine, 'restartSettings'>;
  readonly hostId: string;
  /** Told of an engine that could not be asked. */
  readonly warn: (instanceId: string, error: unknown) => void;
}

/** Looks at what is on a host of a database; with what its running engines say of themselves, if that is asked for. */
export type Observe = (owner: Owner, asksEngine: boolean, call: Call) => Promise<Resource[]>;

export function createObservation({ store, backend, engine, hostId, warn }: ObservationDependencies): Observe {
  /** An engine that cannot be asked says nothing: all its settings then count as needing a restart. */
  async function withEngine(resource: Resource, owner: Owner, call: Call): Promise<Resource> {
    if (resource.kind !== 'server' || resource.power !== 'running') return resource;
    try {
      const stats = await backend.stats(resource.name, call);
      if (stats === null) return resource;
      const address = await store.servers.address(resource.instanceId);
      const restartSettings = await engine.restartSettings(address, owner);
      return { ...resource, engine: { restartSettings, memoryUsedBytes: stats.memoryBytes } };
    } catch (error) {
      call.signal?.throwIfAborted();
      warn(resource.instanceId, error);
      return resource;
    }
  }

  return async (owner, asksEngine, call) => {
    const objects = await backend.list(labelsOf(owner), call);
    const resources = resourcesFrom(objects, hostId);
    return asksEngine ? Promise.all(resources.map((resource) => withEngine(resource, owner, call))) : resources;
  };
}
