import type { Backend } from '../containers/backend';
import type { ResilientBackend } from '../containers/resilience/backend';
import type { Engine } from '../postgres/engine';
import type { Sidecars } from '../postgres/sidecars/sidecars';
import type { Store } from '../store/store';

/** A worker's ways to its host. */
export interface HostPorts {
  readonly backend: ResilientBackend;
  readonly engine: Engine;
  readonly sidecars: Sidecars;
}

/** What the activities on one host need. */
export interface HostDependencies extends Pick<HostPorts, 'engine' | 'sidecars'> {
  readonly store: Store;
  readonly backend: Backend;
  readonly installation: string;
  readonly host: { readonly id: string; readonly addressPool: string };
}
