import type { VolumeInspectInfo } from 'dockerode';
import type { Backend, Call } from '../backend';
import type { Engine } from './engine';
import { statusOf } from './errors';
import { requireOwned } from './owned';

export type Volumes = Pick<Backend, 'ensureVolume' | 'removeVolume'> & {
  inspect(name: string, call?: Call): Promise<VolumeInspectInfo | null>;
};

export function createVolumes({ docker, ask, change }: Engine): Volumes {
  async function inspect(name: string, call?: Call): Promise<VolumeInspectInfo | null> {
    try {
      return await ask(`inspect volume ${name}`, call, (abortSignal) =>
        docker.getVolume(name).inspect({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  return {
    inspect,

    /** Creating one that exists answers 201 and leaves the old one: its labels say whose it is. */
    async ensureVolume({ name, labels }, call) {
      await change(
        `create volume ${name}`,
        call,
        (abortSignal) => docker.createVolume({ Name: name, Labels: { ...labels }, abortSignal }),
        async () => (await inspect(name, call)) !== null,
      );
      requireOwned(`volume ${name}`, (await inspect(name, call))?.Labels, labels);
    },

    async removeVolume(name, labels, call) {
      const volume = await inspect(name, call);
      if (volume === null) return;
      requireOwned(`volume ${name}`, volume.Labels, labels);
      await change(
        `remove volume ${name}`,
        call,
        (abortSignal) => docker.getVolume(name).remove({ abortSignal }),
        async () => (await inspect(name, call)) === null,
        'long',
      );
    },
  };
}
