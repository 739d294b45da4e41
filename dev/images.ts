import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { run } from './command';
import { install, isDebian } from './docker';
import { SetupError } from './stages';

/** The catalogue of a developer's machine, and the Debian release that has each major. */
const majors = { 17: 'trixie', 15: 'bookworm' } as const;
type Major = keyof typeof majors;

const pullTimeoutSeconds = 300;
const registryTimeoutMs = 3_000;

/** What is in a local image besides the engine: its sidecars, and what backs it up. */
const packages = (major: Major) => [`postgresql-${major}`, 'pgbouncer', 'prometheus-postgres-exporter', 'pgbackrest'];

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

/** mmdebstrap's arguments for a root file system, without documentation. */
export function recipeOf(major: Major): string[] {
  return [
    '--variant=minbase',
    '--quiet',
    `--include=${packages(major).join(',')}`,
    ...['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    `--essential-hook=${setupHook}`,
    `--customize-hook=${finishHook}`,
    majors[major],
  ];
}

/** Changes when the recipe does, so that an image made from an older one is made again. */
export function recipeHash(major: Major): string {
  return createHash('sha256')
    .update(JSON.stringify([recipeOf(major), importChanges(major)]))
    .digest('hex')
    .slice(0, 12);
}

function importChanges(major: Major): string[] {
  const binaries = `/usr/lib/postgresql/${major}/bin`;
  return [`ENV PATH=${binaries}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, 'ENV LANG=C.UTF-8'];
}

/**
 * An image for every major: one that is here, the official one where a registry answers, or one built from Debian's
 * packages.
 *
 * @returns the catalogue as `SLIPWAY_ENGINE_IMAGES` takes it
 */
export async function ensureImages(home: string, note: (text: string) => void): Promise<string> {
  const registry = await registryAnswers();
  if (!registry && isDebian()) await install(['mmdebstrap'], 'mmdebstrap');
  const entries = await Promise.all(
    (Object.keys(majors).map(Number) as Major[]).map(async (major) => {
      const { image, source } = await ensureImage(major, home, registry);
      note(`${major} is ${image} (${source})`);
      return `${major}=${image}`;
    }),
  );
  return entries.join(',');
}

async function ensureImage(major: Major, home: string, registry: boolean): Promise<{ image: string; source: string }> {
  const official = `postgres:${major}`;
  const local = `slipway/postgres:${major}`;
  if (await hasImage(official)) return { image: official, source: 'official, on this machine' };
  if ((await labelOf(local, 'slipway.recipe')) === recipeHash(major))
    return { image: local, source: 'built here before' };
  if (registry) {
    await run('timeout', [String(pullTimeoutSeconds), 'docker', 'pull', official]);
    return { image: official, source: 'pulled from the registry' };
  }
  await build(major, local, home);
  return { image: local, source: 'built from Debian packages, as no registry answers' };
}

async function build(major: Major, image: string, home: string): Promise<void> {
  if (!isDebian()) {
    throw new SetupError(
      `no registry answers, and image ${image} can only be built on Debian or Ubuntu`,
      'make the registry reachable',
    );
  }
  const folder = path.join(home, 'images');
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, `${major}.tar`);
  try {
    await run('mmdebstrap', [...recipeOf(major), archive]);
    const changes = [...importChanges(major), `LABEL slipway.recipe=${recipeHash(major)}`];
    await importArchive(archive, image, changes);
  } catch (error) {
    throw new SetupError(`image ${image} could not be built`, 'look whether the Debian archive can be reached', {
      cause: error,
    });
  } finally {
    await rm(archive, { force: true });
  }
}

async function importArchive(archive: string, image: string, changes: readonly string[]): Promise<void> {
  const [repo, tag] = image.split(':');
  const stream = await docker().importImage(archive, { repo, tag, changes } as object);
  await new Promise<void>((resolve, reject) => {
    docker().modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
  });
  if (!(await hasImage(image))) throw new Error(`Docker took ${archive} and has no image ${image}`);
}

async function hasImage(image: string): Promise<boolean> {
  return (await inspect(image)) !== null;
}

async function labelOf(image: string, label: string): Promise<string | undefined> {
  return (await inspect(image))?.Config.Labels?.[label];
}

async function inspect(image: string): Promise<Docker.ImageInspectInfo | null> {
  try {
    return await docker().getImage(image).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

function docker(): Docker {
  return new Docker();
}

/** Whether Docker Hub can be reached; any answer but none counts. */
async function registryAnswers(): Promise<boolean> {
  try {
    await fetch('https://registry-1.docker.io/v2/', { signal: AbortSignal.timeout(registryTimeoutMs) });
    return true;
  } catch {
    // Offline, or behind a proxy that refuses: images are built instead.
    return false;
  }
}
