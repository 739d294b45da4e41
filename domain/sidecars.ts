import { createHash } from 'node:crypto';

/** An engine's companions: PgBouncer and postgres_exporter. Best effort: a database works without them. */
export const sidecarRoles = ['pooler', 'exporter'] as const;
export type SidecarRole = (typeof sidecarRoles)[number];

/** The role of the sidecar whose container has this name, which ends in the role. */
export function roleIn(containerName: string): SidecarRole | undefined {
  return sidecarRoles.find((role) => containerName.endsWith(`-${role}`));
}

/** When a server connection goes back to the pool (PgBouncer, pool_mode). */
export const poolModes = ['session', 'transaction', 'statement'] as const;

export interface PoolSettings {
  readonly mode: (typeof poolModes)[number];
  /** Server connections for each user and logical database. */
  readonly poolSize: number;
}

/** The inputs of a sidecar's container and configuration. */
export interface SidecarTemplate {
  /** The reference of its image. */
  readonly image: string;
  /** The image itself, if it is on record. */
  readonly digest?: string | null;
  readonly networkName: string;
  /** The engine's alias on that network. */
  readonly engineHost: string;
  /** The engine's container. */
  readonly serverName: string;
  /** Null for an exporter. Can be changed while the sidecar runs. */
  readonly pool: PoolSettings | null;
}

/**
 * The hash of the properties that only a new container can change.
 *
 * @param others further ones, of its pin
 */
export function sidecarHashOf({ image, networkName, engineHost }: SidecarTemplate, others: object = {}): string {
  const created = { image, networkName, engineHost, ...others };
  return createHash('sha256').update(JSON.stringify(created)).digest('hex').slice(0, 16);
}
