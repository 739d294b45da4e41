import type { Problem } from '../errors';
import { missingServers } from '../planning/differences';
import { plannable, repairableStates } from '../planning/drift';
import type { Resource, VolumeResource } from '../planning/resources';
import type { LifecycleState } from '../states';
import type { OperationKind } from './kinds';
import { isRequested } from './operations';

export interface PlanSubject {
  readonly kind: OperationKind;
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
  return [...warningsOfMissing(subject), ...warningsOfKept(subject)];
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

/** Volumes with the labels of a database that is removed, but without a record: such as a copy that somebody made. */
function warningsOfKept({ observed, recorded, wanted }: PlanSubject): Problem[] {
  if (wanted.length > 0) return [];
  const planned = plannable(observed, recorded);
  return observed
    .filter((resource) => !planned.includes(resource))
    .map(({ name, hostId }) => ({
      code: 'volume_kept',
      message: `volume ${name} on host ${hostId} has the database's labels but no record; it was left in place`,
      details: { resource: name, hostId },
    }));
}
