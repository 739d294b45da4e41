import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Backend } from '../backend';
import type { Engine } from './engine';

/** Puts files into a container as a tar archive, which reaches a volume even while the container is stopped. */
export function createFiles({ docker, ask }: Engine): Pick<Backend, 'putFiles'> {
  return {
    async putFiles(name, directory, files, call) {
      const archive = pack();
      for (const file of files) archive.entry({ name: file.name, mode: file.mode }, file.content);
      archive.finalize();
      const body = await buffer(archive);
      call?.signal?.throwIfAborted();
      // Without the caller's signal: an interrupted upload would leave only some of the files.
      await ask(`put files into ${name}`, undefined, (abortSignal) =>
        docker.getContainer(name).putArchive(body, { path: directory, abortSignal }),
      );
    },
  };
}
