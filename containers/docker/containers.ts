import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from '../../domain/errors';
import type { Labels } from '../../domain/names';
import type { Backend, Call, ContainerSpec, Limits, ObservedContainer, VolumeMount } from '../backend';
import { requireOwned } from '../owned';
import type { Engine } from './engine';
import { statusOf } from './errors';
import type { Networks } from './networks';
import { observedContainer } from './observed';
import { createBody, limitsBody } from './spec';
import type { Volumes } from './volumes';

/** How often, and after which time, to look for the container that has a name. */
const namedLooks = 100;
const namedIntervalMs = 50;

/** Docker's actions, and the state in which each has taken effect. */
const stateAfter = { start: 'running', pause: 'paused', unpause: 'running' } as const;

type Containers = Pick<
  Backend,
  | 'ensureContainer'
  | 'startContainer'
  | 'pauseContainer'
  | 'resumeContainer'
  | 'updateContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'inspectContainer'
>;

export function createContainers(
  { docker, ask, find, change }: Engine,
  volumes: Pick<Volumes, 'inspect'>,
  networks: Pick<Networks, 'inspect'>,
): Containers {
  async function inspect(nameOrId: string, call?: Call): Promise<ObservedContainer | null> {
    const info = await find(`inspect container ${nameOrId}`, call, (abortSignal) =>
      docker.getContainer(nameOrId).inspect({ abortSignal }),
    );
    return info === null ? null : observedContainer(info);
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
    const users = await ask(`list the containers that mount volume ${volume}`, call, (abortSignal) =>
      docker.listContainers({ all: true, filters: { volume: [volume] }, abortSignal }),
    );
    const others = users
      .flatMap(({ Names: names }) => names.map((other) => other.replace(/^\//, '')))
      .filter((other) => other !== name);
    if (others.length === 0) return;
    throw new DatabaseError('volume_in_use', `volume ${volume} is mounted by ${others.join(', ')}`, {
      containers: others,
    });
  }

  /** A mount that names a missing volume would create an empty one, without our labels. */
  async function requireVolume(
    volume: VolumeMount,
    { name, labels }: Pick<ContainerSpec, 'name' | 'labels'>,
    call?: Call,
  ): Promise<void> {
    const found = await volumes.inspect(volume.name, call);
    if (found === null) throw new DatabaseError('volume_missing', `volume ${volume.name} of ${name} does not exist`);
    requireOwned(`volume ${volume.name}`, found.Labels, labels);
  }

  /** Docker would notice a missing network only at the start. */
  async function requireNetwork({ name, labels, network }: ContainerSpec, call?: Call): Promise<void> {
    const found = await networks.inspect(network.name, call);
    if (found === null) throw new DatabaseError('backend_error', `network ${network.name} of ${name} does not exist`);
    requireOwned(`network ${network.name}`, found.Labels, labels);
  }

  /** The container that took the name: Docker gives the name away a moment before it shows who has it. */
  async function awaitNamed(name: string, call?: Call): Promise<ObservedContainer | null> {
    for (let look = 1; ; look++) {
      const found = await inspect(name, call);
      if (found !== null || look === namedLooks) return found;
      await delay(namedIntervalMs, undefined, call?.signal === undefined ? {} : { signal: call.signal });
    }
  }

  async function stop({ name, id, state }: ObservedContainer, call?: Call): Promise<void> {
    if (!isUp(state)) return;
    await change(
      `stop container ${name}`,
      call,
      // The time to wait before it is killed is the container's own.
      (abortSignal) => docker.getContainer(id).stop({ abortSignal }),
      async () => !isUp((await inspect(id, call))?.state),
      'long',
    );
  }

  /** Docker answers 409 to a second pause and 500 to a second unpause: what is observed decides. */
  async function setFrozen(action: 'pause' | 'unpause', name: string, labels: Labels, call?: Call): Promise<void> {
    const container = await owned(name, labels, call);
    if (container.state === stateAfter[action]) return;
    if (!isUp(container.state)) throw new DatabaseError('container_exited', `container ${name} is not running`);
    await act(action, container, call);
  }

  async function act(action: keyof typeof stateAfter, { name, id }: ObservedContainer, call?: Call): Promise<void> {
    await change(
      `${action} container ${name}`,
      call,
      (abortSignal) => docker.getContainer(id)[action]({ abortSignal }),
      async () => (await inspect(id, call))?.state === stateAfter[action],
    );
  }

  /** Somebody else may have begun the removal, to which Docker answers 409: it is waited for. */
  async function isGone(id: string, call?: Call): Promise<boolean> {
    const left = await inspect(id, call);
    if (left?.state !== 'removing') return left === null;
    await ask(
      `wait for the removal of ${left.name}`,
      call,
      (abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }),
      'long',
    );
    return (await inspect(id, call)) === null;
  }

  return {
    inspectContainer: inspect,

    async ensureContainer(spec, call) {
      const { name, labels, volume } = spec;
      const existing = await inspect(name, call);
      if (existing !== null) return requireOwned(`container ${name}`, existing.labels, labels);
      await Promise.all([
        ...(volume === null ? [] : [requireVolume(volume, spec, call), requireVolumeFree(volume.name, name, call)]),
        requireNetwork(spec, call),
      ]);
      await change(
        `create container ${name}`,
        call,
        // The name in the query and the rest in the body only: dockerode would put all of it into the URL too.
        (abortSignal) => docker.createContainer({ _query: { name }, _body: createBody(spec), abortSignal } as object),
        async (error) => {
          const created = statusOf(error) === 409 ? await awaitNamed(name, call) : await inspect(name, call);
          if (created !== null) requireOwned(`container ${name}`, created.labels, labels);
          return created !== null;
        },
      );
    },

    async startContainer(name, labels, call) {
      const container = await owned(name, labels, call);
      if (container.state === 'running') return;
      for (const volume of container.volumes) await requireVolumeFree(volume, name, call);
      await act(container.state === 'paused' ? 'unpause' : 'start', container, call);
    },

    pauseContainer: (name, labels, call) => setFrozen('pause', name, labels, call),
    resumeContainer: (name, labels, call) => setFrozen('unpause', name, labels, call),

    async updateContainer(name, labels, limits, call) {
      const { id } = await owned(name, labels, call);
      let warnings: readonly string[] = [];
      await change(
        `update container ${name}`,
        call,
        async (abortSignal) => {
          const answer = await docker.getContainer(id).update({ ...limitsBody(limits), abortSignal });
          warnings = (answer as { Warnings?: string[] | null }).Warnings ?? [];
        },
        async () => hasLimits(await inspect(id, call), limits),
        'long',
      );
      return warnings;
    },

    async stopContainer(name, labels, call) {
      await stop(await owned(name, labels, call), call);
    },

    async removeContainer(name, labels, call) {
      const container = await inspect(name, call);
      if (container === null) return;
      requireOwned(`container ${name}`, container.labels, labels);
      await stop(container, call);
      await change(
        `remove container ${name}`,
        call,
        // By id: another container may have the name by the time a repeated request arrives.
        (abortSignal) => docker.getContainer(container.id).remove({ v: true, force: true, abortSignal }),
        () => isGone(container.id, call),
        'long',
      );
    },
  };
}

function hasLimits(container: ObservedContainer | null, { nanoCpus, memoryBytes }: Limits): boolean {
  return container?.nanoCpus === nanoCpus && container.memoryBytes === memoryBytes;
}

function isUp(state: ObservedContainer['state'] | undefined): boolean {
  return state === 'running' || state === 'paused';
}
