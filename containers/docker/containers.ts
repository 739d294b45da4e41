import { DatabaseError } from '../../databases/errors';
import type { Labels } from '../../databases/names';
import type { Backend, Call, ObservedContainer } from '../backend';
import type { Engine } from './engine';
import { statusOf } from './errors';
import { observedContainer } from './observed';
import { requireOwned } from './owned';
import { createBody } from './spec';
import type { Volumes } from './volumes';

type Containers = Pick<
  Backend,
  'ensureContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'inspectContainer'
>;

export function createContainers({ docker, ask, change }: Engine, volumes: Volumes): Containers {
  async function inspect(name: string, call?: Call): Promise<ObservedContainer | null> {
    try {
      const info = await ask(`inspect container ${name}`, call, (abortSignal) =>
        docker.getContainer(name).inspect({ abortSignal }),
      );
      return observedContainer(info);
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  /** The container if it is ours; throws `container_missing`, `name_taken`. */
  async function owned(name: string, labels: Labels, call?: Call): Promise<ObservedContainer> {
    const container = await inspect(name, call);
    if (container === null) throw new DatabaseError('container_missing', `container ${name} does not exist`);
    requireOwned(`container ${name}`, container.labels, labels);
    return container;
  }

  /** Docker lets two servers write to one volume, which ruins it: nobody else may so much as mount it. */
  async function requireVolumeFree(volume: string, name: string, call?: Call): Promise<void> {
    const users = await ask(`look who mounts volume ${volume}`, call, (abortSignal) =>
      docker.listContainers({ all: true, filters: { volume: [volume] }, abortSignal }),
    );
    const others = users
      .flatMap(({ Names }) => Names.map((other) => other.replace(/^\//, '')))
      .filter((other) => other !== name);
    if (others.length === 0) return;
    throw new DatabaseError('volume_in_use', `volume ${volume} is mounted by ${others.join(', ')}`, {
      containers: others,
    });
  }

  return {
    inspectContainer: inspect,

    async ensureContainer(spec, call) {
      const { name, labels, volume } = spec;
      const existing = await inspect(name, call);
      if (existing !== null) return requireOwned(`container ${name}`, existing.labels, labels);
      // A mount that names a missing volume would create an empty one, without our labels.
      const data = await volumes.inspect(volume.name, call);
      if (data === null) throw new DatabaseError('volume_missing', `volume ${volume.name} of ${name} does not exist`);
      requireOwned(`volume ${volume.name}`, data.Labels, labels);
      await requireVolumeFree(volume.name, name, call);
      await change(
        `create container ${name}`,
        call,
        // The name in the query and the rest in the body only: dockerode would put all of it into the URL too.
        (abortSignal) => docker.createContainer({ _query: { name }, _body: createBody(spec), abortSignal } as object),
        async () => {
          const created = await inspect(name, call);
          if (created !== null) requireOwned(`container ${name}`, created.labels, labels);
          return created !== null;
        },
      );
    },

    async startContainer(name, labels, call) {
      const container = await owned(name, labels, call);
      if (container.state === 'running') return;
      for (const volume of container.volumes) await requireVolumeFree(volume, name, call);
      const start = container.state === 'paused' ? 'unpause' : 'start';
      await change(
        `${start} container ${name}`,
        call,
        (abortSignal) => docker.getContainer(name)[start]({ abortSignal }),
        async () => (await inspect(name, call))?.state === 'running',
      );
    },

    async stopContainer(name, labels, call) {
      const container = await owned(name, labels, call);
      if (container.state !== 'running' && container.state !== 'paused') return;
      await change(
        `stop container ${name}`,
        call,
        // The time to wait before it is killed is the container's own.
        (abortSignal) => docker.getContainer(name).stop({ abortSignal }),
        async () => {
          const state = (await inspect(name, call))?.state;
          return state !== 'running' && state !== 'paused';
        },
        'long',
      );
    },

    async removeContainer(name, labels, call) {
      const container = await inspect(name, call);
      if (container === null) return;
      requireOwned(`container ${name}`, container.labels, labels);
      if (container.state === 'running' || container.state === 'paused') await this.stopContainer(name, labels, call);
      await change(
        `remove container ${name}`,
        call,
        // By id: another container may have the name by the time a repeated request arrives.
        (abortSignal) => docker.getContainer(container.id).remove({ v: true, force: true, abortSignal }),
        async () => (await inspect(container.id, call)) === null,
        'long',
      );
    },
  };
}
