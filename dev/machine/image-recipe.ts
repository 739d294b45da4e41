import { createHash } from 'node:crypto';
import { publicSidecarImages } from '../../config/groups/images';

/** The catalogue of a developer's machine, and the Debian release that has each major. */
const releases = { 17: 'trixie', 15: 'bookworm' } as const;

export type Major = keyof typeof releases;

export const majors = Object.keys(releases).map(Number) as Major[];

/** What a stack offers unless it is asked for all: a second image takes as long as the first. */
export const defaultMajors: readonly Major[] = [17];

/** What is in a local image besides the engine: its sidecars, and what backs it up. */
const packages = (major: Major) => [`postgresql-${major}`, 'pgbouncer', 'prometheus-postgres-exporter', 'pgbackrest'];

export const localImageOf = (major: Major) => `slipway/postgres:${major}`;

/** As the configuration has them. */
export type SidecarImages = Readonly<Record<keyof typeof publicSidecarImages, string>>;

/**
 * The images of the sidecars, for a catalogue as `SLIPWAY_ENGINE_IMAGES` takes it: the local image of 17 where it is in
 * there (with 15 comes a PgBouncer that is too old), or else the public ones.
 */
export function sidecarImagesFor(catalogue: string): SidecarImages {
  const image = localImageOf(17);
  if (!catalogue.split(',').some((pair) => pair.endsWith(`=${image}`))) return publicSidecarImages;
  return { SLIPWAY_POOLER_IMAGE: image, SLIPWAY_EXPORTER_IMAGE: image };
}

/** The same user, ids and paths as the official image, so that one entrypoint serves both. */
const setupHook = [
  'echo postgres:x:999: >> "$1/etc/group"',
  'echo postgres:x:999:999::/var/lib/postgresql:/bin/bash >> "$1/etc/passwd"',
  'mkdir -p "$1/etc/postgresql-common"',
  // Debian's package would make a cluster of its own, which Docker would copy into every new volume.
  'echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"',
].join(' && ');

const finishHook = [
  'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/lib/postgresql',
  'install -d -o 999 -g 999 -m 0755 "$1/var/lib/postgresql" "$1/var/run/postgresql"',
  'install -d -o 999 -g 999 -m 0700 "$1/var/lib/postgresql/data"',
].join(' && ');

/** What a local image is made by. */
export interface ImageRecipe {
  /** mmdebstrap's arguments for a root file system, without documentation. */
  readonly rootfs: readonly string[];
  /** What Docker is told when it takes that in, as lines of a Dockerfile. */
  readonly changes: readonly string[];
}

export function recipeOf(major: Major): ImageRecipe {
  const binaries = `/usr/lib/postgresql/${major}/bin`;
  const rootfs = [
    '--variant=minbase',
    '--quiet',
    `--include=${packages(major).join(',')}`,
    ...['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    `--essential-hook=${setupHook}`,
    `--customize-hook=${finishHook}`,
    releases[major],
  ];
  const changes = [
    `ENV PATH=${binaries}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    'ENV LANG=C.UTF-8',
  ];
  return { rootfs, changes };
}

/** Changes when the recipe does, so that an image made from an older one is made again. */
export function hashOf({ rootfs, changes }: ImageRecipe): string {
  return createHash('sha256')
    .update(JSON.stringify([rootfs, changes]))
    .digest('hex')
    .slice(0, 12);
}
