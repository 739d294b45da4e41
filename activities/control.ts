import { activityInfo } from '@temporalio/activity';
import { DatabaseError } from '../databases/errors';
import { goalOf } from '../databases/goal';
import { instanceIdOf } from '../databases/ids';
import { legsOf, type OperationRef, operations } from '../databases/operations';
import { planChange } from '../databases/plan';
import { type Placement, resourcesOf } from '../databases/resources';
import { isFinished } from '../databases/states';
import { abortedKindOf } from '../store/finish';
import type { Way } from '../store/progress';
import type { DatabaseRecord, OperationRecord } from '../store/records';
import type { Store } from '../store/store';
import type { ControlActivities, Pace, PlanRequest, RecordedPlan } from './types';

export interface ControlDependencies {
  readonly store: Store;
  readonly installation: string;
  /** The catalogue: major version to engine image. */
  readonly images: Readonly<Record<string, string>>;
  readonly pace: Pace;
  /** Whether this is the workflow's current run; asked when another run has claimed the operation. */
  readonly isCurrentRun: (databaseId: string, runId: string) => Promise<boolean>;
}

/** Activities over records alone; they run on any worker. */
export function createControlActivities(dependencies: ControlDependencies): ControlActivities {
  const { store, installation, images, pace } = dependencies;
  return {
    async claimOperation(ref) {
      const operation = await store.progress.operation(ref.operationId);
      if (isFinished(operation.state)) return null;
      const { runId } = activityInfo().workflowExecution ?? { runId: '' };
      const closed = await closedPredecessor(dependencies, operation, runId);
      if (!(await store.progress.claim(ref.operationId, runId, closed))) return null;
      return { hostIds: await store.progress.hostIds(ref.databaseId), pace, legs: legsOf(operation.kind) };
    },

    async planChange(request) {
      const operation = await store.progress.operation(request.operationId);
      const database = await databaseOf(store, request);
      const { input, formerState } = operation;
      const goal = goalOf({ ...database, ...request, input, formerState, abortedKind: abortedKindOf(operation) });
      const isWanted = goal !== null && goal !== 'unchanged';
      const placements = isWanted ? await placementsOf(store, database) : placementsNow(database);
      const owner = { installation, tenantId: database.tenantId, databaseId: database.id };
      const { observed } = request;
      const wanted = goal === 'unchanged' ? null : resourcesOf(owner, placements, images, goal);
      const plan = wanted === null ? [] : planChange(observed, wanted, { awaitRunning: true });
      const planNumber = await store.progress.recordPlan(operation, plan, wayOf(request));
      let ordinal = 0;
      const phases = plan.map((phase) => phase.map((step) => ({ ordinal: ++ordinal, step })));
      return { planNumber, phases, placements, during: duringOf(operation) } satisfies RecordedPlan;
    },

    async markInstances({ operationId, state, placements }) {
      const operation = await store.progress.operation(operationId);
      await store.progress.mark(operation, state, placements);
    },

    async finishOperation({ operationId, outcome, wayBack, error }) {
      await store.finish.finish({ operationId, outcome, wayBack, error });
    },
  };
}

/** The run that claimed the operation before this one, if that is closed: a reset made this run from it. */
async function closedPredecessor(
  { isCurrentRun }: ControlDependencies,
  { databaseId, runId: claimedBy }: OperationRecord,
  runId: string,
): Promise<string | null> {
  if (claimedBy === null || claimedBy === runId) return null;
  return (await isCurrentRun(databaseId, runId)) ? claimedBy : null;
}

async function databaseOf(store: Store, { operationId, databaseId }: OperationRef): Promise<DatabaseRecord> {
  const database = await store.progress.database(databaseId);
  if (database !== null) return database;
  throw new DatabaseError('superseded', `database ${databaseId} of operation ${operationId} is gone`);
}

/** Where the instances are. */
function placementsNow({ instances }: DatabaseRecord): Placement[] {
  return instances.map(({ id, name, hostId, initializedAt }) => ({
    instanceId: id,
    instanceName: name,
    hostId,
    initialized: initializedAt !== null,
  }));
}

/** Where the instances are to be; a database that has none gets a primary on a host with room. */
async function placementsOf(store: Store, database: DatabaseRecord): Promise<Placement[]> {
  if (database.instances.length > 0) return placementsNow(database);
  const hostId = await store.hosts.place();
  if (hostId === null) throw new DatabaseError('capacity_exhausted', 'no host is registered');
  const instanceName = 'primary';
  return [{ instanceId: instanceIdOf(database.id, instanceName), instanceName, hostId, initialized: false }];
}

function wayOf({ direction, cancelling }: PlanRequest): Way {
  if (direction === 'requested') return 'forward';
  return cancelling ? 'cancelled' : 'back';
}

/** A recovery goes on in the state in which the aborted operation left the records. */
function duringOf(operation: OperationRecord): RecordedPlan['during'] {
  const marked = abortedKindOf(operation) ?? operation.kind;
  return marked === 'recover' ? 'modifying' : operations[marked].during;
}
