import { DatabaseError } from '../../domain/errors';
import { isDigest } from '../../domain/planning/pins';
import type { Backend, Call } from '../backend';
import type { Engine } from './engine';
import { codeOfReason, statusOf } from './errors';
import { jsonLines } from './json-lines';

/** A line of a pull's progress. */
interface Progress {
  readonly error?: string;
}

/** The part of an image that `GET /images/{name}/json` says and that names its content. */
interface ImageNames {
  readonly Id: string;
  readonly RepoDigests?: readonly string[] | null;
}

export function createImages({ docker, find, ask }: Engine): Pick<Backend, 'ensureImage'> {
  /** The name of exactly this image; null if the host does not have it. */
  async function nameOf(image: string, call: Call | undefined): Promise<string | null> {
    const found = await find(`inspect image ${image}`, call, (abortSignal) =>
      docker.getImage(image).inspect({ abortSignal } as object),
    );
    return found === null ? null : contentName(image, found);
  }

  /** Docker responds when a pull begins; its end and any error follow in the stream. */
  async function pull(image: string, abortSignal: AbortSignal): Promise<void> {
    const stream = await docker.pull(tagged(image), { abortSignal });
    for await (const { error } of jsonLines<Progress>(stream as AsyncIterable<Buffer>)) {
      if (error === undefined) continue;
      // An interrupted pull can succeed on retry; a pull of an image that the registry lacks cannot.
      throw new DatabaseError(codeOfReason(error) ?? 'backend_error', `pull image ${image}: ${error}`);
    }
  }

  return {
    async ensureImage(image, call) {
      const present = await nameOf(image, call);
      if (present !== null) return present;
      const pulling = ask(`pull image ${image}`, call, (abortSignal) => pull(image, abortSignal), 'long');
      const error: unknown = await pulling.then(
        () => new DatabaseError('backend_error', `image ${image} is missing after its pull`),
        (failure: unknown) => failure,
      );
      const pulled = await nameOf(image, call);
      if (pulled !== null) return pulled;
      // Refused before the pull began: the image is neither here nor in the registry.
      if (!(error instanceof DatabaseError) || statusOf(error) === undefined) throw error;
      throw new DatabaseError('image_not_found', error.message, error.details, { cause: error });
    },
  };
}

/**
 * The image's digest in its own repository, by which another host can pull it; an image that is only on this host has
 * its id. A digest in another repository is not used: nobody has configured that one.
 */
function contentName(image: string, { Id: id, RepoDigests: digests }: ImageNames): string {
  if (isDigest(image)) return image;
  const repository = repositoryOf(image);
  return digests?.find((digest) => repositoryOf(digest) === repository) ?? id;
}

/** The name without tag or digest. */
function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  return name.replace(/:[^:/]*$/, '');
}

/** Adds `:latest` to a name without a tag, for which Docker would pull every tag. */
function tagged(image: string): string {
  const [last = ''] = image.split('/').slice(-1);
  return /[:@]/.test(last) ? image : `${image}:latest`;
}
