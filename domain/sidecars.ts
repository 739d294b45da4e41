import { createHash } from 'node:crypto';

/** What stands beside an engine: PgBouncer, postgres_exporter. Best effort: a database works without them. */
export const sidecarRoles = ['pooler', 'exporter'] as const;
export type SidecarRole = (typeof sidecarRoles)[number];

/** When a connection of the engine's goes back to the pool (PgBouncer, pool_mode). */
export const poolModes = ['session', 'transaction', 'statement'] as const;

export interface PoolSettings {
  readonly mode: (typeof poolModes)[number];
  /** Connections of the engine's, for each user and logical database. */
  readonly poolSize: number;
}

/** What a sidecar is made of, and what it is told. */
export interface SidecarTemplate {
  readonly image: string;
  readonly networkName: string;
  /** The engine's alias on that network, and its container. */
  readonly engineHost: string;
  readonly serverName: string;
  /** Null for an exporter. Told to one that serves, too. */
  readonly pool: PoolSettings | null;
}

/** The hash of what only a new container can change. */
export function sidecarHashOf({ image, networkName, engineHost }: SidecarTemplate): string {
  return createHash('sha256').update(JSON.stringify({ image, networkName, engineHost })).digest('hex').slice(0, 16);
}
