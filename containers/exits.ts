import type { ObservedContainer } from './backend';

/**
 * Docker's `OOMKilled` stays true once any process of the container was killed for memory, however the container ends
 * later. Only an exit by SIGKILL (128 + 9) means that the container itself was.
 */
export function isKilledForMemory({ oomKilled, exitCode }: ObservedContainer): boolean {
  return oomKilled && exitCode === 137;
}
