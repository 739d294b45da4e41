import type { ResilientBackend } from '../containers/resilience/backend';
import type { Engine } from '../postgres/engine';
import type { Sidecars } from '../postgres/sidecars/sidecars';

/** What a worker reaches the world by. */
export interface HostPorts {
  readonly backend: ResilientBackend;
  readonly engine: Engine;
  readonly sidecars: Sidecars;
}
