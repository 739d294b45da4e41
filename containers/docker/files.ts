import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Backend } from '../backend';
import type { Engine } from './engine';

/** Files put into a container as a tar archive; a volume takes them whether the container runs or not. */
export function createFiles({ docker, ask }: Engine): Pick<Backend, 'putFiles'> {
  return {
    async putFiles(name, directory, files, call) {
      const archive = pack();
      for (const file of files) archive.entry({ name: file.name, mode: file.mode }, file.content);
      archive.finalize();
      const body = await buffer(archive);
      call?.signal?.throwIfAborted();
      // Not to be cut off half-way, with some of the files there.
      await ask(`put files into ${name}`, undefined, (abortSignal) =>
        docker.getContainer(name).putArchive(body, { path: directory, abortSignal }),
      );
    },
  };
}
