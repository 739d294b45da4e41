import { createHash } from 'node:crypto';
import { publicSidecarImages } from '../../config/groups/images';

/** The major versions on a developer's machine, each with the Debian release that has it. */
const releases = { 17: 'trixie', 15: 'bookworm' } as const;

export type Major = keyof typeof releases;

export const majors = Object.keys(releases).map(Number) as Major[];

/** The versions that a stack offers by default: a second image takes as long as the first. */
export const defaultMajors: readonly Major[] = [17];

/** The packages of a local image: the engine, its sidecars, and the backup program. */
const packages = (major: Major) => [`postgresql-${major}`, 'pgbouncer', 'prometheus-postgres-exporter', 'pgbackrest'];

export const localImageOf = (major: Major) => `slipway/postgres:${major}`;

/** By the name of their variable in the configuration. */
export type SidecarImages = Readonly<Record<keyof typeof publicSidecarImages, string>>;

/**
 * The sidecars' images for a catalogue in the format of `SLIPWAY_ENGINE_IMAGES`: the local image of 17 if it is in the
 * catalogue (15's has a PgBouncer that is too old), otherwise the public ones.
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
  // Debian's package would create its own cluster, which Docker would copy into every new volume.
  'echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"',
].join(' && ');

const finishHook = [
  'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/lib/postgresql',
  'install -d -o 999 -g 999 -m 0755 "$1/var/lib/postgresql" "$1/var/run/postgresql"',
  'install -d -o 999 -g 999 -m 0700 "$1/var/lib/postgresql/data"',
].join(' && ');

/** How to build a local image. */
export interface ImageRecipe {
  /** mmdebstrap's arguments for a root file system, without documentation. */
  readonly rootfs: readonly string[];
  /** Lines of a Dockerfile that Docker applies when it imports the root file system. */
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

/** Changes with the recipe, so that an image from an older recipe is rebuilt. */
export function hashOf({ rootfs, changes }: ImageRecipe): string {
  return createHash('sha256')
    .update(JSON.stringify([rootfs, changes]))
    .digest('hex')
    .slice(0, 12);
}
