import { DatabaseError } from '../errors';
import type { Plan, StepKind } from './steps';

/**
 * The contract that a host's worker must have to carry out each kind of step. A new kind gets the next number, so that a
 * plan does not send it to a worker of the version before. A kind's number never changes.
 */
export const contractOf: Readonly<Record<StepKind, number>> = {
  ensureNetwork: 1,
  ensureVolume: 1,
  ensureServer: 1,
  createServer: 1,
  configureServer: 1,
  updateServer: 1,
  resumeServer: 1,
  pauseServer: 1,
  ensureLogins: 1,
  awaitReady: 1,
  markUsed: 2,
  ensureSidecar: 1,
  stopSidecar: 1,
  removeSidecar: 1,
  stopServer: 1,
  removeServer: 1,
  removeNetwork: 1,
  removeVolume: 1,
};

/** The contract of a worker of this version: it can carry out every kind of step. */
export const currentContract = Math.max(...Object.values(contractOf));

/** The contract of workers that do not register one: those of versions before contracts. */
export const firstContract = 1;

/**
 * Refuses a plan with a step that the workers of its host cannot carry out yet. Throws `host_outdated`.
 *
 * @param contracts the contracts of hosts by id; a missing one is the first
 */
export function requireContracts(plan: Plan, contracts: ReadonlyMap<string, number>): void {
  for (const { do: step, hostId } of plan.flat()) {
    const contract = contracts.get(hostId) ?? firstContract;
    const needed = contractOf[step];
    if (contract >= needed) continue;
    const message = `the worker of host ${hostId} must be upgraded first: it cannot carry out ${step}`;
    throw new DatabaseError('host_outdated', message, { hostId, step, contract, needed });
  }
}
