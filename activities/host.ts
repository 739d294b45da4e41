import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Backend, Call, ContainerState, ObservedObject } from '../containers/backend';
import { DatabaseError } from '../databases/errors';
import { instanceIdFrom, type Labels, labelsOf, type Owner, specHashOf } from '../databases/names';
import type { OperationRef } from '../databases/operations';
import type { Resource } from '../databases/resources';
import type { Power } from '../databases/spec';
import type { StepKind } from '../databases/steps';
import type { Store } from '../store/store';
import { type Engine, explainingExit } from './engine';
import { containerSpecOf, serverFilesOf } from './server';
import { createStepRunner } from './step';
import { createTurns } from './turns';
import type { HostActivities, StepTask } from './types';

export interface HostDependencies {
  readonly store: Store;
  readonly backend: Backend;
  readonly engine: Engine;
  readonly installation: string;
  readonly host: { readonly id: string; readonly address: string; readonly addressPool: string };
}

/** Activities on one host: each a thin function over the containers port or the engine, and each may be repeated. */
export function createHostActivities({ store, backend, engine, installation, host }: HostDependencies): HostActivities {
  const takeTurn = createTurns();
  const step = createStepRunner(store, takeTurn);

  function ownerOf({ tenantId, databaseId }: OperationRef): Owner {
    return { installation, tenantId, databaseId };
  }

  /** Makes a server's container and its files, and does not start it. */
  async function madeServer(task: StepTask<'ensureServer'> | StepTask<'createServer'>): Promise<Labels> {
    const { name, instanceId, template, templateHash } = task.with;
    const { port: hostPort } = await store.progress.address(instanceId);
    const call = currentCall();
    const labels = labelsOf(ownerOf(task), { operationId: task.operationId, instanceId, specHash: templateHash });
    const publish = { hostIp: host.address, hostPort };
    const spec = containerSpecOf(template, { name, labels, alias: instanceId, publish });
    await backend.ensureImage(template.image, call);
    await backend.ensureContainer(spec, call);
    // Beside a running engine the permission to make an empty database would outlive its use.
    const isRunning = (await backend.inspectContainer(name, call))?.state === 'running';
    if (!isRunning) await backend.putFiles(name, spec.volume.mountPath, serverFilesOf(template), call);
    return labels;
  }

  function labelsFor(task: StepTask<StepKind>): Labels {
    return labelsOf(ownerOf(task), { operationId: task.operationId });
  }

  return {
    async observeDatabase(operation) {
      // A turn of its own: what is under way has ended before it looks.
      return takeTurn(operation.databaseId, Symbol('look'), async () => {
        const objects = await backend.list(labelsOf(ownerOf(operation)), currentCall());
        return objects.map((object) => resourceOf(object, host.id));
      });
    },

    ensureNetwork: step(async (task) => {
      const { name } = task.with;
      await backend.ensureNetwork({ name, labels: labelsFor(task), addressPool: host.addressPool }, currentCall());
    }),

    ensureVolume: step(async (task) => {
      await backend.ensureVolume({ name: task.with.name, labels: labelsFor(task) }, currentCall());
    }),

    createServer: step<'createServer'>(async (task) => {
      await madeServer(task);
    }),

    resumeServer: step(async (task) => {
      await backend.resumeContainer(task.with.name, labelsFor(task), currentCall());
    }),

    pauseServer: step(async (task) => {
      await backend.pauseContainer(task.with.name, labelsFor(task), currentCall());
    }),

    /** An instance that was never used gives way when its port is taken: the next attempt has another. */
    ensureServer: step<'ensureServer'>(async (task) => {
      const { name, instanceId, template } = task.with;
      const labels = await madeServer(task);
      const call = currentCall();
      try {
        await backend.startContainer(name, labels, call);
      } catch (error) {
        if (error instanceof DatabaseError && error.code === 'port_taken' && !template.initialized) {
          await backend.removeContainer(name, labels, call);
          await store.progress.reassignPort(instanceId);
        }
        throw error;
      }
    }),

    ensureLogins: step<'ensureLogins'>(async (task) => {
      const { name, instanceId } = task.with;
      const call = currentCall();
      const address = await store.progress.address(instanceId);
      await explainingExit(backend, name, call, async (watched) => {
        await engine.awaitAnswer(address, watched);
        await engine.ensureLogins(name, task, watched);
      });
    }),

    awaitReady: step<'awaitReady'>(async (task) => {
      const { name, instanceId } = task.with;
      const address = await store.progress.address(instanceId);
      await explainingExit(backend, name, currentCall(), (watched) => engine.awaitReady(address, task, watched));
    }),

    stopServer: step(async (task) => {
      await ignoringMissing(() => backend.stopContainer(task.with.name, labelsFor(task), currentCall()));
    }),

    removeServer: step(async (task) => {
      await backend.removeContainer(task.with.name, labelsFor(task), currentCall());
    }),

    removeNetwork: step(async (task) => {
      await backend.removeNetwork(task.with.name, labelsFor(task), currentCall());
    }),

    removeVolume: step(async (task) => {
      await backend.removeVolume(task.with.name, labelsFor(task), currentCall());
    }),
  };
}

function currentCall(): Call {
  return { signal: cancellationSignal(), onProgress: () => heartbeat() };
}

/** What is seen on a host, as something to plan from. */
function resourceOf(object: ObservedObject, hostId: string): Resource {
  const { kind, name, labels } = object;
  if (kind !== 'container') return { kind, name, hostId };
  return {
    kind: 'server',
    name,
    hostId,
    instanceId: instanceIdFrom(labels) ?? '',
    power: powerOf(object.state),
    template: null,
    templateHash: specHashOf(labels) ?? '',
  };
}

/** What has no processes is stopped. */
function powerOf(state: ContainerState): Power {
  return state === 'running' || state === 'paused' ? state : 'stopped';
}

/** A server that is gone is stopped. */
async function ignoringMissing(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'container_missing') throw error;
  }
}
