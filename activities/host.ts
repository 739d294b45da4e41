import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import type { Backend, Call } from '../containers/backend';
import { readLogTail } from '../containers/log-tail';
import { DatabaseError, problemOfError } from '../domain/errors';
import { type Labels, labelsOf, type Owner } from '../domain/names';
import { kinds } from '../domain/operations/kinds';
import type { OperationRef } from '../domain/operations/operations';
import type { StepKind } from '../domain/planning/steps';
import { type Engine, explainingExit } from '../postgres/engine';
import { containerSpecOf, serverFilesOf } from '../postgres/server';
import type { Sidecars } from '../postgres/sidecars/sidecars';
import type { Store } from '../store/store';
import { showLife, waitingProblem } from './attempts';
import { createObservation } from './observed';
import { createEnsureSidecar } from './sidecar-steps';
import { createStepRunner } from './step';
import { createTurns } from './turns';
import type { HostActivities, StepTask } from './types';
import { tellWarnings } from './warnings';

export interface HostDependencies {
  readonly store: Store;
  readonly backend: Backend;
  readonly engine: Engine;
  readonly sidecars: Sidecars;
  readonly installation: string;
  readonly host: { readonly id: string; readonly address: string; readonly addressPool: string };
}

/** Activities on one host: each a thin function over the containers port or the engine, and each may be repeated. */
export function createHostActivities(dependencies: HostDependencies): HostActivities {
  const { store, backend, engine, installation, host } = dependencies;
  const ensureSidecar = createEnsureSidecar(dependencies);
  const takeTurn = createTurns();
  const step = createStepRunner(store, takeTurn);
  const warn = (instanceId: string, error: unknown) => log.warn('could not query an engine', { instanceId, error });
  const observe = createObservation({ store, backend, engine, hostId: host.id, warn });

  function ownerOf({ tenantId, databaseId }: OperationRef): Owner {
    return { installation, tenantId, databaseId };
  }

  /** Makes a server's container and its files, and does not start it. */
  async function madeServer(task: StepTask<'ensureServer'> | StepTask<'createServer'>): Promise<Labels> {
    const { name, instanceId, template, templateHash } = task.with;
    const { port: hostPort } = await store.servers.address(instanceId);
    const call = currentCall();
    const labels = labelsOf(ownerOf(task), { operationId: task.operationId, instanceId, specHash: templateHash });
    const publish = { hostIp: host.address, hostPort };
    const spec = containerSpecOf(template, { name, labels, alias: instanceId, publish });
    await backend.ensureImage(template.image, call);
    await backend.ensureContainer(spec, call);
    // Beside a running engine the permission to make an empty database would outlive its use.
    const isRunning = (await backend.inspectContainer(name, call))?.state === 'running';
    if (isRunning) return labels;
    await backend.putFiles(name, spec.volume.mountPath, serverFilesOf(template), call);
    await store.servers.recordApplied(instanceId, { settings: template.settings });
    return labels;
  }

  /** Before there is a plan no step can show what the operation waits for. */
  async function showingWait<T>({ operationId }: OperationRef, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DatabaseError) {
        await store.progress.showWaiting(operationId, waitingProblem(problemOfError(error)));
      }
      throw error;
    }
  }

  /** A container takes its log with it: what it wrote last stays on the operation. */
  async function removeServer(task: StepTask<StepKind>, labels: Labels): Promise<void> {
    const { name } = task.with;
    await store.progress.keepLogTail(task, await readLogTail(backend, name, currentCall()));
    await backend.removeContainer(name, labels, currentCall());
  }

  function labelsFor(task: StepTask<StepKind>): Labels {
    return labelsOf(ownerOf(task), { operationId: task.operationId });
  }

  return {
    async observeDatabase(operation) {
      // A turn of its own: what is under way has ended before it looks.
      return takeTurn(operation.databaseId, Symbol('look'), () =>
        showingWait(operation, () =>
          observe(ownerOf(operation), kinds[operation.kind].asksEngine === true, currentCall()),
        ),
      );
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

    /** What was there stays in force when the engine refuses the new settings, and is known to. */
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
      tellWarnings(warnings, name, log);
    }),

    ensureSidecar: step<'ensureSidecar'>((task) => ensureSidecar(task, currentCall())),

    stopSidecar: step(async (task) => {
      await ignoringMissing(() => backend.stopContainer(task.with.name, labelsFor(task), currentCall()));
    }),

    removeSidecar: step((task) => removeServer(task, labelsFor(task))),

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
          await removeServer(task, labels);
          await store.servers.reassignPort(instanceId);
        }
        throw error;
      }
    }),

    ensureLogins: step<'ensureLogins'>(async (task) => {
      const { name, instanceId, credentials } = task.with;
      const call = currentCall();
      const address = await store.servers.address(instanceId);
      await explainingExit(backend, name, call, async (watched) => {
        await engine.awaitAnswer(address, watched);
        await store.servers.recordApplied(instanceId, { credentials: null });
        await engine.ensureLogins(name, task, credentials, watched);
      });
      await store.servers.recordApplied(instanceId, { credentials });
    }),

    awaitReady: step<'awaitReady'>(async (task) => {
      const { name, instanceId } = task.with;
      const address = await store.servers.address(instanceId);
      await explainingExit(backend, name, currentCall(), (watched) => engine.awaitReady(address, task, watched));
    }),

    stopServer: step(async (task) => {
      await ignoringMissing(() => backend.stopContainer(task.with.name, labelsFor(task), currentCall()));
    }),

    removeServer: step((task) => removeServer(task, labelsFor(task))),

    removeNetwork: step(async (task) => {
      await backend.removeNetwork(task.with.name, labelsFor(task), currentCall());
    }),

    removeVolume: step(async (task) => {
      await backend.removeVolume(task.with.name, labelsFor(task), currentCall());
    }),
  };
}

function currentCall(): Call {
  const info = activityInfo();
  return { signal: cancellationSignal(), onProgress: () => showLife(info) };
}

/** A server that is gone is stopped. */
async function ignoringMissing(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'container_missing') throw error;
  }
}
