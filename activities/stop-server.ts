import { log } from '@temporalio/activity';
import type { Backend, Call } from '../containers/backend';
import { DatabaseError, type Problem } from '../domain/errors';
import { type Labels, labelsOf } from '../domain/names';
import { explainingExit, type WatchedCall } from '../postgres/engine';
import type { HostDependencies } from './host-ports';
import type { StepTask } from './types';

/** Of a process that was killed: 128 and SIGKILL. */
const killedExitCode = 137;

/** Stops a container. False if there is none, which counts as stopped. */
export async function stopPresent(
  backend: Pick<Backend, 'stopContainer'>,
  name: string,
  labels: Labels,
  call: Call,
): Promise<boolean> {
  try {
    await backend.stopContainer(name, labels, call);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'container_missing') return false;
    throw error;
  }
}

/**
 * Stops a server after a checkpoint, so that it needs little time. A server that disappeared before it, or had to be
 * killed, is a warning on the operation, which continues.
 */
export function createStopServer({ store, backend, engine, installation }: HostDependencies) {
  return async function stopServer(task: StepTask<'stopServer'>, call: Call): Promise<void> {
    const { tenantId, databaseId, operationId } = task;
    const { name, awaitsRecovery = false } = task.with;
    const wasRunning = (await backend.inspectContainer(name, call))?.state === 'running';
    if (wasRunning && awaitsRecovery) await settle(task, call);
    if (wasRunning) await engine.checkpoint(name, call);
    const labels = labelsOf({ installation, tenantId, databaseId }, { operationId });
    if (!(await stopPresent(backend, name, labels, call))) {
      await warn(task, 'container_missing', `container ${name} disappeared before it was stopped`);
    } else if (wasRunning && (await wasKilled(name, call))) {
      await warn(task, 'killed_on_stop', `the server in ${name} did not stop in time and was killed`);
    }
  };

  /** Waits while the engine recovers. An engine that exits meanwhile needs no wait, and no stop. */
  async function settle({ with: { name }, recoveringSeconds = 0 }: StepTask<'stopServer'>, call: Call): Promise<void> {
    try {
      const wait = (watched: WatchedCall) => engine.awaitSettled(name, { ...watched, recoveringSeconds });
      await explainingExit(backend, name, call, wait);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== 'container_exited') throw error;
    }
  }

  async function wasKilled(name: string, call: Call): Promise<boolean> {
    const stopped = await backend.inspectContainer(name, call);
    return stopped?.exitCode === killedExitCode && !stopped.oomKilled;
  }

  async function warn({ operationId, ...task }: StepTask<'stopServer'>, code: Problem['code'], message: string) {
    const resource = task.with.name;
    log.warn(message, { operationId, resource });
    await store.operations.warn(operationId, { code, message, details: { resource } });
  }
}
