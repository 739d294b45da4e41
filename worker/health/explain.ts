import type { ObservedContainer } from '../../containers/backend';
import { isKilledForMemory } from '../../containers/exits';
import { type CheckError, checkError } from '../../domain/health/check-errors';

/** What is known of a container whose engine did not answer as it should. */
export interface Sight {
  /** Null where there is none. */
  readonly container: ObservedContainer | null;
  /** The last lines of its log; empty where they were not read. */
  readonly logTail: string;
}

/** PostgreSQL's words, and the operating system's, for a volume that is full (ENOSPC, EDQUOT). */
const diskFull = /No space left on device|Disk quota exceeded/;

/**
 * Why an engine does not answer, where its container says more than the connection: from without, one that is gone and
 * one that was killed look alike. While the container runs, what the connection says stands.
 */
export function explained(error: CheckError, name: string, { container, logTail }: Sight): CheckError {
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
