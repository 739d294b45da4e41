import type { ObservedContainer } from '../../containers/backend';
import { isKilledForMemory } from '../../containers/exits';
import { type CheckError, checkError } from '../../domain/health/check-errors';

/** The container of an engine that failed a check. */
export interface ContainerObservation {
  /** Null when it does not exist. */
  readonly container: ObservedContainer | null;
  /** The last lines of its log; empty when they were not read. */
  readonly logTail: string;
}

/** PostgreSQL's and the operating system's messages for a full volume (ENOSPC, EDQUOT). */
const diskFull = /No space left on device|Disk quota exceeded/;

/**
 * Why an engine does not answer, as far as its container tells: over the network a missing container and a killed one
 * look alike. While the container runs, the connection's error stands.
 */
export function causeOf(error: CheckError, name: string, { container, logTail }: ContainerObservation): CheckError {
  if (container === null) return checkError('container_missing', `container ${name} does not exist`);
  const { state, exitCode } = container;
  if (state === 'running') return error;
  if (state === 'paused') return checkError('container_paused', `container ${name} is paused`);
  if (state !== 'exited' && state !== 'dead') {
    return checkError('container_not_running', `container ${name} is ${state}`);
  }
  const how = `container ${name} exited with code ${exitCode}`;
  if (isKilledForMemory(container)) return checkError('out_of_memory', `${how}: out of memory`);
  if (diskFull.test(logTail)) return checkError('disk_full', `${how}: its volume is full`);
  return checkError('container_exited', how);
}
