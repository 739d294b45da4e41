import { DatabaseError } from '../../databases/errors';
import type { Backend } from '../backend';
import type { Engine } from './engine';
import { statusOf } from './errors';
import { jsonLines } from './json-lines';

/** A line of a pull's progress. */
interface Progress {
  readonly error?: string;
}

export function createImages({ docker, ask }: Engine): Pick<Backend, 'ensureImage'> {
  async function exists(image: string, signal: AbortSignal): Promise<boolean> {
    try {
      await docker.getImage(image).inspect({ abortSignal: signal } as object);
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  return {
    async ensureImage(image, call) {
      if (await ask(`look for image ${image}`, call, (signal) => exists(image, signal))) return;
      try {
        await ask(`pull image ${image}`, call, (abortSignal) => pull(image, abortSignal, call?.onProgress), 'long');
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== 'backend_error') throw error;
        throw new DatabaseError('image_not_found', error.message, error.details, { cause: error });
      }
    },
  };

  /** A pull has begun when it is answered, and its end and its error are in the stream. */
  async function pull(image: string, abortSignal: AbortSignal, onProgress?: () => void): Promise<void> {
    const stream = await docker.pull(image, { abortSignal });
    for await (const line of jsonLines<Progress>(stream as AsyncIterable<Buffer>)) {
      onProgress?.();
      if (line.error !== undefined) throw new DatabaseError('image_not_found', `pull image ${image}: ${line.error}`);
    }
  }
}
