import type { ObservedContainer } from './backend';

/**
 * Docker's word that a container was killed for memory stays true after a process in it was, however the container ended
 * later: only an end by SIGKILL (128 + 9) is that one.
 */
export function isKilledForMemory({ oomKilled, exitCode }: ObservedContainer): boolean {
  return oomKilled && exitCode === 137;
}
