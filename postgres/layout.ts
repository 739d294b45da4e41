/** Where things lie in a container; what is in the volume itself stands with the entrypoint. */
export interface Layout {
  readonly mountPath: string;
}

/**
 * The official images declare a volume at `…/data` up to 17 and at its parent from 18 on (docker-library/postgres,
 * Dockerfile, VOLUME). Ours must cover it, or Docker would put an anonymous one there.
 */
export function layoutOf(version: string): Layout {
  return { mountPath: Number(version) >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data' };
}
