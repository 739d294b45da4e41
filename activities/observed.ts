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
  /** Called for an engine that did not answer. */
  readonly warn: (instanceId: string, error: unknown) => void;
}

/** Observes a database's resources on a host, with facts from its running engines if `asksEngine`. */
export type Observe = (owner: Owner, asksEngine: boolean, call: Call) => Promise<Resource[]>;

export function createObservation({ store, backend, engine, hostId, warn }: ObservationDependencies): Observe {
  /** For an engine that does not answer, the plan takes from its own table which settings need a restart. */
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
