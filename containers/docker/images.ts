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

  /** A pull has begun when it is answered, and its end and its error are in the stream. */
  async function pull(image: string, abortSignal: AbortSignal): Promise<void> {
    const stream = await docker.pull(tagged(image), { abortSignal });
    for await (const { error } of jsonLines<Progress>(stream as AsyncIterable<Buffer>)) {
      if (error === undefined) continue;
      // What broke off half-way may work the next time; what the registry does not have will not.
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
        // Refused before it began: neither here nor to be had.
        if (!(error instanceof DatabaseError) || statusOf(error) === undefined) throw error;
        throw new DatabaseError('image_not_found', error.message, error.details, { cause: error });
      }
    },
  };
}

/** Docker pulls every tag of a name that comes without one. */
function tagged(image: string): string {
  const [last = ''] = image.split('/').slice(-1);
  return /[:@]/.test(last) ? image : `${image}:latest`;
}
