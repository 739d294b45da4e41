import type { Backend } from '../backend';
import { createContainers } from './containers';
import { connectEngine, type DockerSettings } from './engine';
import { statusOf } from './errors';
import { createExec } from './exec';
import { createFiles } from './files';
import { createImages } from './images';
import { createListing } from './listing';
import { logLines } from './logs';
import { createNetworks } from './networks';
import { createVolumes } from './volumes';

/** The containers port over a Docker engine. */
export function createDockerBackend(settings: DockerSettings): Backend {
  const engine = connectEngine(settings);
  const { docker, ask } = engine;
  const volumes = createVolumes(engine);
  const containers = createContainers(engine, volumes);
  const { ensureVolume, removeVolume } = volumes;

  return {
    ...createNetworks(engine),
    ensureVolume,
    removeVolume,
    ...containers,
    ...createImages(engine),
    ...createListing(engine, containers.inspectContainer),
    ...createFiles(engine),
    ...createExec(engine),

    async ping(call) {
      await ask('ping', call, (abortSignal) => docker.ping({ abortSignal } as never) as unknown as Promise<unknown>);
    },

    async logs(name, { tail }, call) {
      try {
        const options = { stdout: true, stderr: true, timestamps: true, follow: false, tail } as const;
        const log = await ask(`read the log of ${name}`, call, (abortSignal) =>
          docker.getContainer(name).logs({ ...options, abortSignal }),
        );
        return await logLines([log] as unknown as AsyncIterable<Buffer>);
      } catch (error) {
        if (statusOf(error) === 404) return [];
        throw error;
      }
    },
  };
}
