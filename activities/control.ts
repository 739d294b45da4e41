import { activityInfo } from '@temporalio/activity';
import { DatabaseError } from '../databases/errors';
import { goalOf } from '../databases/goal';
import { instanceIdOf } from '../databases/ids';
import { type OperationRef, operations } from '../databases/operations';
import { planChange } from '../databases/plan';
import { type Placement, resourcesOf } from '../databases/resources';
import { isFinished } from '../databases/states';
import type { RecoverInput } from '../store/finish';
import type { OperationContext } from '../store/progress';
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
      const { operation, database } = await store.progress.read(ref.operationId);
      if (isFinished(operation.state) || database === null) return null;
      const { runId } = activityInfo().workflowExecution ?? { runId: '' };
      const closed = await closedPredecessor(dependencies, operation, runId);
      if (!(await store.progress.claim(ref.operationId, runId, closed))) return null;
      return { hostIds: [...new Set(database.instances.map(({ hostId }) => hostId))], pace };
    },

    async planChange(request) {
      const context = await store.progress.read(request.operationId);
      const database = databaseOf(context, request);
      const { operation } = context;
      const placements = await placementsOf(store, database, request);
      const owner = { installation, tenantId: database.tenantId, databaseId: database.id };
      const goal = goalOf({ ...database, ...request, input: operation.input, abortedKind: abortedKindOf(operation) });
      const { observed } = request;
      const plan = goal === 'unchanged' ? [] : planChange(observed, resourcesOf(owner, placements, images, goal));
      const planNumber = await store.progress.recordPlan(operation, plan, request.cancelling);
      let ordinal = 0;
      const phases = plan.map((phase) => phase.map((step) => ({ ordinal: ++ordinal, step })));
      return { planNumber, phases, placements, during: duringOf(operation) } satisfies RecordedPlan;
    },

    async markInstances({ operationId, state, placements }) {
      const { operation } = await store.progress.read(operationId);
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

function databaseOf({ database }: OperationContext, { operationId, databaseId }: OperationRef): DatabaseRecord {
  if (database !== null) return database;
  throw new DatabaseError('superseded', `database ${databaseId} of operation ${operationId} is gone`);
}

/** Where the instances are; a database that has none gets a primary on a host with room. */
async function placementsOf(store: Store, database: DatabaseRecord, { direction }: PlanRequest): Promise<Placement[]> {
  if (database.instances.length > 0 || direction === 'former') {
    return database.instances.map((instance) => ({
      instanceId: instance.id,
      instanceName: instance.name,
      hostId: instance.hostId,
      initialized: instance.initializedAt !== null,
    }));
  }
  const hostId = await store.hosts.place();
  if (hostId === null) throw new DatabaseError('capacity_exhausted', 'no host is registered');
  const instanceName = 'primary';
  return [{ instanceId: instanceIdOf(database.id, instanceName), instanceName, hostId, initialized: false }];
}

function abortedKindOf({ kind, input }: OperationRecord): RecoverInput['kind'] | null {
  return kind === 'recover' ? (input as RecoverInput).kind : null;
}

/** A recovery goes on in the state in which the aborted operation left the records. */
function duringOf({ kind, input }: OperationRecord): RecordedPlan['during'] {
  const marked = kind === 'recover' ? (input as RecoverInput).kind : kind;
  return marked === 'recover' ? 'modifying' : operations[marked].during;
}
