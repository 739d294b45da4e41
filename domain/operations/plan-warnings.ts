import type { Problem } from '../errors';
import { missingServers } from '../planning/differences';
import { plannable, repairableStates } from '../planning/drift';
import type { Resource, VolumeResource } from '../planning/resources';
import type { LifecycleState } from '../states';
import { keepSecondsOf } from './deletion';
import { removesOf } from './goal';
import type { OperationKind } from './kinds';
import { isRequested } from './operations';

export interface PlanSubject {
  readonly kind: OperationKind;
  readonly input: unknown;
  /** The database's state when the operation was accepted; null when there was no database. */
  readonly formerState: LifecycleState | null;
  readonly observed: readonly Resource[];
  /** The volumes of the instances on record. */
  readonly recorded: readonly VolumeResource[];
  /** Empty when the plan removes everything. */
  readonly wanted: readonly Resource[];
}

/** What a caller should know about a plan toward the request, although the operation continues: the warnings it gets. */
export function planWarnings(subject: PlanSubject): Problem[] {
  return [...warningsOfMissing(subject), ...keptWarnings(subject)];
}

/**
 * Containers that are gone although the database was at rest, which the plan recreates. A failed database may lack them,
 * and a repair has the reason in its input.
 */
function warningsOfMissing({ kind, formerState, observed, wanted }: PlanSubject): Problem[] {
  if (!isRequested(kind) || formerState === null || !repairableStates.includes(formerState)) return [];
  return missingServers(observed, wanted).map(({ name }) => ({
    code: 'container_missing',
    message: `container ${name} was missing; the operation recreates it on its volume`,
    details: { resource: name },
  }));
}

/**
 * Volumes that a plan leaves although it removes everything else, because nothing else will mention them: those without a
 * record, such as a copy that somebody made, and those that may hold data whose deletion nobody requested.
 */
export function keptWarnings(subject: Omit<PlanSubject, 'formerState'>): Problem[] {
  const { observed, recorded, wanted } = subject;
  if (wanted.length > 0) return [];
  // A deleted database keeps its volumes on purpose.
  const mayKeepData = removesOf(subject) === 'unused' && keepSecondsOf(subject) === 0;
  const planned = plannable(observed, recorded);
  return observed.flatMap((resource): Problem[] => {
    const { name, hostId } = resource;
    const mayHoldData = resource.kind === 'volume' && resource.used !== 'no' && mayKeepData;
    const reason = planned.includes(resource)
      ? mayHoldData && 'may hold data'
      : "has the database's labels but no record";
    if (reason === false) return [];
    const message = `volume ${name} on host ${hostId} ${reason}; it was left in place`;
    return [{ code: 'volume_kept', message, details: { resource: name, hostId } }];
  });
}
