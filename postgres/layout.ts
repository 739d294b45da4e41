/** Paths in a container; `entrypoint.ts` describes the files in the volume. */
export interface Layout {
  readonly mountPath: string;
}

/**
 * The official images declare a volume at `…/data` up to 17 and at its parent from 18 on (docker-library/postgres,
 * Dockerfile, VOLUME). Our volume must cover that path, or Docker would mount an anonymous one there.
 */
export function layoutOf(version: string): Layout {
  return { mountPath: Number(version) >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data' };
}
