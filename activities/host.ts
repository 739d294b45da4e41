import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Backend, Call, ObservedObject } from '../containers/backend';
import { DatabaseError } from '../databases/errors';
import { instanceIdFrom, type Labels, labelsOf, type Owner, specHashOf } from '../databases/names';
import type { Resource } from '../databases/resources';
import type { StepKind } from '../databases/steps';
import type { DatabaseRecord, InstanceRecord } from '../store/records';
import type { Store } from '../store/store';
import { type Engine, explainingExit } from './engine';
import { containerSpecOf, serverFilesOf } from './server';
import { createStepRunner } from './step';
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
  const step = createStepRunner(store);

  function ownerOf({ tenantId, id }: DatabaseRecord): Owner {
    return { installation, tenantId, databaseId: id };
  }

  function labelsFor(task: StepTask<StepKind>, database: DatabaseRecord): Labels {
    return labelsOf(ownerOf(database), { operationId: task.operationId });
  }

  return {
    async observeDatabase({ operationId }) {
      const { database } = await store.progress.read(operationId);
      if (database === null) return [];
      const objects = await backend.list(labelsOf(ownerOf(database)), currentCall());
      return objects.map((object) => resourceOf(object, host.id));
    },

    ensureNetwork: step(async (task, database) => {
      const { name } = task.with;
      await backend.ensureNetwork(
        { name, labels: labelsFor(task, database), addressPool: host.addressPool },
        currentCall(),
      );
    }),

    ensureVolume: step(async (task, database) => {
      await backend.ensureVolume({ name: task.with.name, labels: labelsFor(task, database) }, currentCall());
    }),

    /** An instance that was never used gives way when its port is taken: the next attempt has another. */
    ensureServer: step<'ensureServer'>(async (task, database) => {
      const { name, instanceId, template, templateHash } = task.with;
      const { hostPort } = instanceOf(database, instanceId);
      const call = currentCall();
      const labels = labelsOf(ownerOf(database), { operationId: task.operationId, instanceId, specHash: templateHash });
      const publish = { hostIp: host.address, hostPort };
      const spec = containerSpecOf(template, { name, labels, alias: instanceId, publish });
      await backend.ensureImage(template.image, call);
      await backend.ensureContainer(spec, call);
      await backend.putFiles(name, spec.volume.mountPath, serverFilesOf(template), call);
      try {
        await backend.startContainer(name, labels, call);
      } catch (error) {
        if (error instanceof DatabaseError && error.code === 'port_taken' && !template.initialized) {
          await store.progress.reassignPort(instanceId);
          await backend.removeContainer(name, labels, call);
        }
        throw error;
      }
    }),

    ensureLogins: step<'ensureLogins'>(async ({ with: { name, instanceId } }, database) => {
      const call = currentCall();
      await explainingExit(backend, name, call, async (watched) => {
        await engine.awaitAnswer(addressOf(database, instanceId), watched);
        await engine.ensureLogins(name, database, watched);
      });
    }),

    awaitReady: step<'awaitReady'>(async ({ with: { name, instanceId } }, database) => {
      await explainingExit(backend, name, currentCall(), (watched) =>
        engine.awaitReady(addressOf(database, instanceId), database, watched),
      );
    }),

    stopServer: step(async (task, database) => {
      await ignoringMissing(() => backend.stopContainer(task.with.name, labelsFor(task, database), currentCall()));
    }),

    removeServer: step(async (task, database) => {
      await backend.removeContainer(task.with.name, labelsFor(task, database), currentCall());
    }),

    removeNetwork: step(async (task, database) => {
      await backend.removeNetwork(task.with.name, labelsFor(task, database), currentCall());
    }),

    removeVolume: step(async (task, database) => {
      await backend.removeVolume(task.with.name, labelsFor(task, database), currentCall());
    }),
  };
}

function currentCall(): Call {
  return { signal: cancellationSignal(), onProgress: () => heartbeat() };
}

function instanceOf({ id, instances }: DatabaseRecord, instanceId: string): InstanceRecord {
  const instance = instances.find((candidate) => candidate.id === instanceId);
  if (instance !== undefined) return instance;
  throw new DatabaseError('superseded', `database ${id} has no instance ${instanceId}`);
}

function addressOf(database: DatabaseRecord, instanceId: string): { host: string; port: number } {
  const { hostAddress, hostPort } = instanceOf(database, instanceId);
  return { host: hostAddress, port: hostPort };
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
    running: object.state === 'running',
    template: null,
    templateHash: specHashOf(labels) ?? '',
  };
}

/** A server that is gone is stopped. */
async function ignoringMissing(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'container_missing') throw error;
  }
}
