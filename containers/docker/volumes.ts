import type { VolumeInspectInfo } from 'dockerode';
import type { Backend, Call } from '../backend';
import { requireOwned } from '../owned';
import type { Engine } from './engine';

export type Volumes = Pick<Backend, 'ensureVolume' | 'removeVolume'> & {
  inspect(name: string, call?: Call): Promise<VolumeInspectInfo | null>;
};

export function createVolumes({ docker, find, change }: Engine): Volumes {
  async function inspect(name: string, call?: Call): Promise<VolumeInspectInfo | null> {
    return find(`inspect volume ${name}`, call, (abortSignal) => docker.getVolume(name).inspect({ abortSignal }));
  }

  return {
    inspect,

    /** Creating an existing volume responds with 201 and leaves it unchanged: its labels show who owns it. */
    async ensureVolume({ name, labels }, call) {
      await change(
        `create volume ${name}`,
        call,
        (abortSignal) =>
          docker.createVolume({ _query: {}, _body: { Name: name, Labels: { ...labels } }, abortSignal } as object),
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
