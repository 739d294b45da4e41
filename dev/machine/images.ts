import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { createDockerBackend } from '../../containers/docker/backend';
import { run } from './command';
import { isDebian } from './debian.cjs';
import { ensurePackages } from './docker';
import { hashOf, localImageOf, type Major, majors, recipeOf } from './image-recipe';
import { SetupError } from './stages';

const registryTimeoutMs = 3_000;
const recipeLabel = 'slipway.recipe';

const officialOf = (major: Major) => `postgres:${major}`;

interface FoundImage {
  readonly major: Major;
  readonly image: string;
  /** Where the image is from, and why. */
  readonly source: string;
}

/**
 * Ensures an image for each wanted major: the one in `SLIPWAY_ENGINE_IMAGES`, a local one, the official one if a
 * registry responds, or one built from Debian's packages. Other majors are included if they were set up before.
 *
 * @returns the catalogue in the format of `SLIPWAY_ENGINE_IMAGES`
 */
export async function ensureImages(
  home: string,
  wanted: readonly Major[],
  note: (text: string) => void,
): Promise<string> {
  const named = process.env.SLIPWAY_ENGINE_IMAGES;
  if (named !== undefined) {
    note(`${named} (SLIPWAY_ENGINE_IMAGES)`);
    return named;
  }
  const here = (await Promise.all(majors.map(imageHere))).filter((found) => found !== null);
  const others = majors.filter((major) => !here.some((found) => found.major === major));
  // A major whose image is from an older recipe was wanted before.
  const outdated = await Promise.all(others.map(async (major) => (await inspect(localImageOf(major))) !== null));
  const missing = others.filter((major, index) => wanted.includes(major) || outdated[index]);
  const images = [...here, ...(await obtainImages(missing, home))];
  for (const { major, image, source } of images) note(`${major} is ${image} (${source})`);
  for (const major of others.filter((one) => !missing.includes(one))) {
    note(`${major} is not set up (npm run dev -- --all-versions does)`);
  }
  return images.map(({ major, image }) => `${major}=${image}`).join(',');
}

async function imageHere(major: Major): Promise<FoundImage | null> {
  const official = officialOf(major);
  if ((await inspect(official)) !== null) return { major, image: official, source: 'official, on this machine' };
  if (!(await isBuilt(major))) return null;
  return { major, image: localImageOf(major), source: 'built here before' };
}

async function obtainImages(missing: readonly Major[], home: string): Promise<FoundImage[]> {
  const reasons = await Promise.all(missing.map(whyNotPulled));
  if (reasons.some((reason) => reason !== null) && isDebian()) await ensurePackages(['mmdebstrap'], 'mmdebstrap');
  return Promise.all(
    missing.map(async (major, index) => {
      const reason = reasons[index] ?? null;
      if (reason === null) return { major, image: officialOf(major), source: 'pulled from the registry' };
      await build(major, home, reason);
      return { major, image: localImageOf(major), source: `built from Debian packages, as ${reason}` };
    }),
  );
}

/** Pulls the official image. @returns null on success, otherwise why not */
async function whyNotPulled(major: Major): Promise<string | null> {
  if (!(await registryAnswers())) return 'no registry answers';
  try {
    await createDockerBackend({ dockerHost: process.env.DOCKER_HOST }).ensureImage(officialOf(major));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether Docker Hub can be reached; any response counts. */
async function registryAnswers(): Promise<boolean> {
  try {
    await fetch('https://registry-1.docker.io/v2/', { signal: AbortSignal.timeout(registryTimeoutMs) });
    return true;
  } catch {
    // Offline, or behind a proxy that refuses.
    return false;
  }
}

async function build(major: Major, home: string, reason: string): Promise<void> {
  const image = localImageOf(major);
  if (!isDebian()) {
    throw new SetupError(
      `${reason}, and image ${image} can only be built on Debian or Ubuntu`,
      'make the registry reachable, or set SLIPWAY_ENGINE_IMAGES, such as 17=postgres:17,15=postgres:15',
    );
  }
  const folder = path.join(home, 'images');
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, `${major}-${randomBytes(4).toString('hex')}.tar`);
  const recipe = recipeOf(major);
  try {
    await run('mmdebstrap', [...recipe.rootfs, archive]);
    await importArchive(archive, image, [...recipe.changes, `LABEL ${recipeLabel}=${hashOf(recipe)}`]);
    if (!(await isBuilt(major))) throw new Error(`Docker took ${archive} and has no image ${image} of it`);
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
}

/** Whether the local image exists and is from the current recipe. */
async function isBuilt(major: Major): Promise<boolean> {
  return (await inspect(localImageOf(major)))?.Config.Labels?.[recipeLabel] === hashOf(recipeOf(major));
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
