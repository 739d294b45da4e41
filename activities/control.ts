import { activityInfo, log } from '@temporalio/activity';
import { DatabaseError, type Problem, problemOfError } from '../domain/errors';
import { instanceIdOf } from '../domain/ids';
import { volumeName } from '../domain/names';
import { requireUnusedByContainers } from '../domain/operations/deletion';
import { goalOf, removesOf } from '../domain/operations/goal';
import { kinds } from '../domain/operations/kinds';
import { legsOf, type OperationRef } from '../domain/operations/operations';
import { keptWarnings, planWarnings } from '../domain/operations/plan-warnings';
import { requireContracts } from '../domain/planning/contract';
import { requireRoom } from '../domain/planning/differences';
import { plannable } from '../domain/planning/drift';
import { pinsWith } from '../domain/planning/pins';
import { recordedPlacements } from '../domain/planning/placements';
import { planChange } from '../domain/planning/plan';
import { type Applied, type Catalogue, type Placement, resourcesOf, volumesOf } from '../domain/planning/resources';
import type { Plan } from '../domain/planning/steps';
import { roleIn } from '../domain/sidecars';
import { isFinished } from '../domain/states';
import { type DatabaseRecord, hasData, type OperationRecord } from '../store/databases/records';
import type { Store } from '../store/store';
import { waitingProblem } from './attempts';
import { endingOf } from './ending';
import { wasCutOff, withLastWait } from './last-wait';
import type { ControlActivities, FinishRequest, Pace, PlanRequest } from './types';

export interface ControlDependencies {
  readonly store: Store;
  readonly installation: string;
  readonly catalogue: Catalogue;
  readonly pace: Pace;
  /** Whether this is the workflow's current run; called when another run has claimed the operation. */
  readonly isCurrentRun: (databaseId: string, runId: string) => Promise<boolean>;
}

/** Activities on records only, which run on any worker. */
export function createControlActivities(dependencies: ControlDependencies): ControlActivities {
  const { store, installation, catalogue, pace } = dependencies;

  async function explained(operationId: string, error: Problem): Promise<Problem> {
    if (!wasCutOff(error)) return error;
    const operation = await store.operations.load(operationId);
    const steps = await store.steps.list(operation.tenantId, operationId);
    return withLastWait(error, operation, steps);
  }

  async function warn(operationId: string, problems: readonly Problem[]): Promise<void> {
    for (const problem of problems) {
      log.warn(problem.message, { operationId, ...problem.details });
      await store.operations.warn(operationId, problem);
    }
  }

  /** Throws `host_outdated` until the worker of every host can carry out the plan, and shows that the operation waits. */
  async function awaitContracts(operationId: string, plan: Plan): Promise<void> {
    const hostIds = [...new Set(plan.flat().map(({ hostId }) => hostId))];
    try {
      requireContracts(plan, await store.workers.contracts(hostIds));
    } catch (error) {
      await store.operations.showWaiting(operationId, waitingProblem(problemOfError(error)));
      throw error;
    }
  }

  async function logEnding({ operationId, outcome, wayBack, error }: FinishRequest): Promise<void> {
    const { tenantId, planNumber, goingBack } = await store.operations.load(operationId);
    const steps = await store.steps.list(tenantId, operationId);
    const undoing = goingBack ? steps.filter((step) => step.planNumber === planNumber) : [];
    const details = { operationId, code: error?.code, reason: error?.message };
    log.warn(endingOf({ outcome, wayBack }, undoing.length), details);
  }

  return {
    async claimOperation(ref) {
      const operation = await store.operations.load(ref.operationId);
      if (isFinished(operation.state)) return null;
      const { runId } = activityInfo().workflowExecution ?? { runId: '' };
      const closed = await closedPredecessor(dependencies, operation, runId);
      if (!(await store.operations.claim(ref.operationId, runId, closed))) return null;
      const { kind } = operation;
      const hostIds = kinds[kind].recordOnly ? [] : await store.databases.hostIds(ref.databaseId);
      // A recovery is a way back itself. It must not keep a database busy for longer when its host does not answer.
      const deadline = kind === 'recover' ? { operationDeadlineMs: pace.wayBackDeadlineMs } : {};
      return { hostIds, pace: { ...pace, ...deadline }, legs: legsOf(kind) };
    },

    async planChange(request) {
      const operation = await store.operations.load(request.operationId);
      if (operation.kind === 'purge') requireUnusedByContainers(request.observed);
      await adoptData(dependencies, operation, request);
      const database = await databaseOf(store, request);
      const { input, formerState } = operation;
      const about = { input, formerState, hasData: hasData(database) };
      const goal = goalOf({ ...database, ...request, ...about });
      const { observed, direction } = request;
      const present = recordedPlacements(database.instances, observed);
      const offer = { ...catalogue, ...operation.target };
      const isWanted = goal !== null && goal !== 'unchanged';
      const placements = isWanted ? await wantedPlacements(store, database, present, offer) : present;
      const owner = { installation, tenantId: database.tenantId, databaseId: database.id };
      const wanted = goal === 'unchanged' ? null : resourcesOf(owner, placements, offer, goal);
      if (direction === 'requested' && wanted !== null) requireRoom(observed, wanted);
      const recorded = volumesOf(owner, [...present, ...placements]);
      const applied = appliedTo(database);
      const isWayBack = direction === 'former' || operation.kind === 'recover';
      const options = { awaitRunning: true, applied, isWayBack, removes: removesOf(operation) };
      const plan = wanted === null ? [] : planChange(plannable(observed, recorded), wanted, options);
      await awaitContracts(operation.id, plan);
      const planNumber = await store.operations.recordPlan(operation, plan, request);
      const subject = { ...operation, observed, recorded, wanted: wanted ?? [] };
      if (wanted !== null)
        await warn(operation.id, direction === 'requested' ? planWarnings(subject) : keptWarnings(subject));
      let ordinal = 0;
      const phases = plan.map((phase) => phase.map((step) => ({ ordinal: ++ordinal, step })));
      return { planNumber, phases, placements, during: kinds[operation.kind].during };
    },

    async markInstances({ operationId, state, placements }) {
      const operation = await store.operations.load(operationId);
      await store.operations.markInstances(operation, state, placements);
    },

    async warnOperation({ operationId, step, resource, problem }) {
      const about = { sidecar: roleIn(resource), containerId: problem.details?.containerId };
      log.warn('a sidecar failed; the operation continues', { operationId, step, resource, ...about, problem });
      const details = { ...problem.details, step, resource };
      await store.sidecars.warn(operationId, resource, { ...problem, details });
    },

    async finishOperation(request) {
      const { operationId, outcome, wayBack, error } = request;
      await store.operations.finish({
        operationId,
        outcome,
        wayBack,
        error: error && (await explained(operationId, error)),
      });
      if (outcome !== 'succeeded') await logEnding(request);
    },
  };
}

/** The run that claimed the operation before this one, if it is closed: a reset made this run from it. */
async function closedPredecessor(
  { isCurrentRun }: ControlDependencies,
  { databaseId, runId: claimedBy }: OperationRecord,
  runId: string,
): Promise<string | null> {
  if (claimedBy === null || claimedBy === runId) return null;
  return (await isCurrentRun(databaseId, runId)) ? claimedBy : null;
}

async function databaseOf(store: Store, { operationId, databaseId }: OperationRef): Promise<DatabaseRecord> {
  const database = await store.databases.find(databaseId);
  if (database !== null) return database;
  throw new DatabaseError('superseded', `database ${databaseId} of operation ${operationId} no longer exists`);
}

/** Takes what used volumes say about instances on record into the record, which may be older than they are. */
async function adoptData(
  { store, installation }: ControlDependencies,
  operation: OperationRecord,
  request: PlanRequest,
): Promise<void> {
  const used = request.observed.filter((resource) => resource.kind === 'volume' && resource.used === 'yes');
  if (used.length === 0) return;
  const { tenantId, id: databaseId, instances } = await databaseOf(store, request);
  const owner = { installation, tenantId, databaseId };
  const unaware = instances.filter(
    ({ name, hostId, initializedAt }) =>
      initializedAt === null &&
      used.some((volume) => volume.hostId === hostId && volume.name === volumeName(owner, name)),
  );
  if (unaware.length === 0) return;
  log.warn('a volume has data that the record does not know', { operationId: operation.id });
  await store.operations.adoptData(
    operation,
    unaware.map(({ id }) => id),
  );
}

/** What was last applied to the engines, by instance. */
function appliedTo({ instances }: DatabaseRecord): Map<string, Applied> {
  return new Map(instances.flatMap(({ id, applied }) => (applied === null ? [] : [[id, applied]])));
}

/**
 * The wanted placements, with what they are created from. A database that was never ready gets a primary on a host with
 * room, created from what is on offer.
 */
async function wantedPlacements(
  store: Store,
  database: DatabaseRecord,
  present: readonly Placement[],
  offer: Catalogue,
): Promise<Placement[]> {
  const { version } = database.spec;
  if (hasData(database)) return present.map((one) => ({ ...one, pins: pinsWith(one.pins ?? {}, offer, version) }));
  const hostId = await store.placements.place(database.id);
  const instanceName = 'primary';
  const instanceId = instanceIdOf(database.id, instanceName);
  return [{ instanceId, instanceName, hostId, initialized: false, pins: pinsWith({}, offer, version) }];
}
