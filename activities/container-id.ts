import { TemporalFailure } from '@temporalio/common';
import type { Backend, Call } from '../containers/backend';
import { DatabaseError, errorTable, problemOfError } from '../domain/errors';

/**
 * Runs a step of a sidecar, and adds the id of its container to the step's error. Without a container, or when the host
 * does not respond, the error stays as it is.
 */
export async function withContainerId(
  backend: Pick<Backend, 'inspectContainer'>,
  name: string,
  call: Call,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    const { code, message, details } = problemOfError(error);
    if (error instanceof TemporalFailure || errorTable[code].retry === 'always') throw error;
    const container = await backend.inspectContainer(name, call).catch(() => null);
    if (container === null) throw error;
    throw new DatabaseError(code, message, { ...details, containerId: container.id }, { cause: error });
  }
}
