import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import type { Call } from '../containers/backend';
import { readLogTail } from '../containers/log-tail';
import { DatabaseError, problemOfError } from '../domain/errors';
import { type Labels, labelsOf, type Owner } from '../domain/names';
import { removesOf } from '../domain/operations/goal';
import { kinds } from '../domain/operations/kinds';
import type { OperationRef } from '../domain/operations/operations';
import { imageOf } from '../domain/planning/pins';
import type { StepKind } from '../domain/planning/steps';
import { type EngineCall, explainingExit, type WatchedCall } from '../postgres/engine';
import { containerSpecOf, serverFilesOf } from '../postgres/server';
import { showLife, waitingProblem } from './attempts';
import { withContainerId } from './container-id';
import type { HostDependencies } from './host-ports';
import { createObservation } from './observed';
import { createEnsureSidecar } from './sidecar-steps';
import { createStepRunner } from './step';
import { createStopServer, stopPresent } from './stop-server';
import { createTurns } from './turns';
import type { HostActivities, StepTask } from './types';
import { createVolumeUse } from './volume-use';
import { logWarnings } from './warnings';

/** Activities on one host: thin functions over the containers port or the engine, which may be repeated. */
export function createHostActivities(dependencies: HostDependencies): HostActivities {
  const { store, backend, engine, installation, host } = dependencies;
  const ensureSidecar = createEnsureSidecar(dependencies);
  const stopServer = createStopServer(dependencies);
  const volumeUse = createVolumeUse(dependencies);
  const takeTurn = createTurns();
  const step = createStepRunner(store, takeTurn);
  const warn = (instanceId: string, error: unknown) => log.warn('could not query an engine', { instanceId, error });
  const observe = createObservation({ store, backend, engine, hostId: host.id, warn });

  function ownerOf({ tenantId, databaseId }: OperationRef): Owner {
    return { installation, tenantId, databaseId };
  }

  /** Makes a server's container and its files, without starting it. */
  async function prepareServer(task: StepTask<'ensureServer'> | StepTask<'createServer'>): Promise<Labels> {
    const { name, instanceId, template, templateHash } = task.with;
    const { host: hostIp, port: hostPort } = await store.servers.address(instanceId);
    const call = currentCall();
    const labels = labelsOf(ownerOf(task), { operationId: task.operationId, instanceId, specHash: templateHash });
    const digest = await backend.ensureImage(imageOf(template), call);
    const place = { name, labels, alias: instanceId, publish: { hostIp, hostPort } };
    const spec = containerSpecOf({ ...template, digest }, place);
    await backend.ensureContainer(spec, call);
    const container = await backend.inspectContainer(name, call);
    if (container !== null) {
      await store.pins.record({ ...container, instanceId, part: 'engine', reference: template.image });
    }
    // A running engine must not get files that permit an empty data directory.
    if (container?.state === 'running') return labels;
    const files = [...(await volumeUse.filesFor(task, call)), ...serverFilesOf(template)];
    await backend.putFiles(name, spec.volume.mountPath, files, call);
    await store.servers.recordApplied(instanceId, { settings: template.settings });
    return labels;
  }

  /** Shows on the operation what it waits for: before there is a plan, no step can. */
  async function recordingWait<T>({ operationId }: OperationRef, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DatabaseError) {
        await store.operations.showWaiting(operationId, waitingProblem(problemOfError(error)));
      }
      throw error;
    }
  }

  /** Removes a container, and keeps the end of its log on the operation. */
  async function removeServer(task: StepTask<StepKind>, labels: Labels): Promise<void> {
    const { name } = task.with;
    await store.steps.keepLogTail(task, await readLogTail(backend, name, currentCall()));
    await backend.removeContainer(name, labels, currentCall());
  }

  function labelsFor(task: StepTask<StepKind>): Labels {
    return labelsOf(ownerOf(task), { operationId: task.operationId });
  }

  return {
    async observeDatabase(operation) {
      // A turn of its own: running steps end before it observes.
      return takeTurn(operation.databaseId, Symbol('observe'), () =>
        recordingWait(operation, async () => {
          const { asksEngine = false, asksVolumes = false } = kinds[operation.kind];
          const observed = await observe(ownerOf(operation), asksEngine, currentCall());
          return asksVolumes ? volumeUse.withUse(observed, currentCall()) : observed;
        }),
      );
    },

    ensureImage: step(async (task) => {
      await backend.ensureImage(task.with.name, currentCall());
    }),

    ensureNetwork: step(async (task) => {
      const { name } = task.with;
      await backend.ensureNetwork({ name, labels: labelsFor(task), addressPool: host.addressPool }, currentCall());
    }),

    ensureVolume: step(async (task) => {
      await backend.ensureVolume({ name: task.with.name, labels: labelsFor(task) }, currentCall());
    }),

    createServer: step<'createServer'>(async (task) => {
      await prepareServer(task);
    }),

    /** When the engine refuses the new settings, the old ones stay in force, and on record. */
    configureServer: step<'configureServer'>(async (task) => {
      const { name, instanceId, template } = task.with;
      const former = await store.servers.applied(instanceId);
      await store.servers.recordApplied(instanceId, { settings: null });
      try {
        await engine.configure(name, template, currentCall());
      } catch (error) {
        const isRefused = error instanceof DatabaseError && error.code === 'settings_refused';
        if (isRefused) await store.servers.recordApplied(instanceId, { settings: former?.settings ?? null });
        throw error;
      }
      await store.servers.recordApplied(instanceId, { settings: template.settings });
    }),

    updateServer: step<'updateServer'>(async (task) => {
      const { name, limits } = task.with;
      const warnings = await backend.updateContainer(name, labelsFor(task), limits, currentCall());
      logWarnings(warnings, name, log);
    }),

    ensureSidecar: step<'ensureSidecar'>((task) =>
      withContainerId(backend, task.with.name, currentCall(), () => ensureSidecar(task, currentCall())),
    ),

    stopSidecar: step((task) =>
      withContainerId(backend, task.with.name, currentCall(), async () => {
        await stopPresent(backend, task.with.name, labelsFor(task), currentCall());
      }),
    ),

    removeSidecar: step((task) => removeServer(task, labelsFor(task))),

    resumeServer: step(async (task) => {
      await backend.resumeContainer(task.with.name, labelsFor(task), currentCall());
    }),

    pauseServer: step(async (task) => {
      await backend.pauseContainer(task.with.name, labelsFor(task), currentCall());
    }),

    /** When the port of an instance that was never used is taken, the next attempt gets another port. */
    ensureServer: step<'ensureServer'>(async (task) => {
      const { name, instanceId, template } = task.with;
      const labels = await prepareServer(task);
      const call = currentCall();
      try {
        await backend.startContainer(name, labels, call);
      } catch (error) {
        if (error instanceof DatabaseError && error.code === 'port_taken' && !template.initialized) {
          await removeServer(task, labels);
          await store.servers.reassignPort(instanceId);
        }
        throw error;
      }
    }),

    ensureLogins: step<'ensureLogins'>(async (task) => {
      const { name, instanceId, credentials } = task.with;
      const address = await store.servers.address(instanceId);
      await explainingExit(backend, name, currentCall(), async (call) => {
        await engine.awaitAnswer(address, waitingCall(task, call));
        await store.servers.recordApplied(instanceId, { credentials: null });
        await engine.ensureLogins(name, task, credentials, call);
      });
      await store.servers.recordApplied(instanceId, { credentials });
    }),

    awaitReady: step<'awaitReady'>(async (task) => {
      const { name, instanceId } = task.with;
      const address = await store.servers.address(instanceId);
      await explainingExit(backend, name, currentCall(), (call) =>
        engine.awaitReady(address, task, waitingCall(task, call)),
      );
    }),

    stopServer: step<'stopServer'>((task) => stopServer(task, currentCall())),

    removeServer: step((task) => removeServer(task, labelsFor(task))),

    removeNetwork: step(async (task) => {
      await backend.removeNetwork(task.with.name, labelsFor(task), currentCall());
    }),

    markUsed: step<'markUsed'>((task) => volumeUse.mark(task, currentCall())),

    removeVolume: step(async (task) => {
      const operation = await store.operations.load(task.operationId);
      if (removesOf(operation) === 'unused') await volumeUse.requireUnused(task.with.name, currentCall());
      await backend.removeVolume(task.with.name, labelsFor(task), currentCall());
    }),
  };
}

function waitingCall({ recoveringSeconds = 0 }: StepTask<StepKind>, call: WatchedCall): EngineCall {
  return { ...call, recoveringSeconds };
}

function currentCall(): Call {
  const info = activityInfo();
  return { signal: cancellationSignal(), onProgress: () => showLife(info) };
}
