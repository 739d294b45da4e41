import { DatabaseError } from '../../domain/errors';
import type { Backend, Call } from '../backend';
import type { Engine } from './engine';
import { codeOfReason, statusOf } from './errors';
import { jsonLines } from './json-lines';

/** A line of a pull's progress. */
interface Progress {
  readonly error?: string;
}

export function createImages({ docker, find, ask }: Engine): Pick<Backend, 'ensureImage'> {
  async function exists(image: string, call: Call | undefined): Promise<boolean> {
    const found = await find(`inspect image ${image}`, call, (abortSignal) =>
      docker.getImage(image).inspect({ abortSignal } as object),
    );
    return found !== null;
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
      if (await exists(image, call)) return;
      try {
        await ask(`pull image ${image}`, call, (abortSignal) => pull(image, abortSignal), 'long');
      } catch (error) {
        if (await exists(image, call)) return;
        // Refused before the pull began: the image is neither here nor in the registry.
        if (!(error instanceof DatabaseError) || statusOf(error) === undefined) throw error;
        throw new DatabaseError('image_not_found', error.message, error.details, { cause: error });
      }
    },
  };
}

/** Adds `:latest` to a name without a tag, for which Docker would pull every tag. */
function tagged(image: string): string {
  const [last = ''] = image.split('/').slice(-1);
  return /[:@]/.test(last) ? image : `${image}:latest`;
}
