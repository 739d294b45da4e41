import { isDeepStrictEqual } from 'node:util';
import { DatabaseError } from '../../domain/errors';
import { countersAfter, kinds } from '../../domain/operations/kinds';
import {
  allowedActions,
  changedAttributes,
  changedSpec,
  isAllowed,
  mayChangeNothing,
  type RequestedKind,
} from '../../domain/operations/operations';
import { retryOf } from '../../domain/operations/retry';
import { isSameSize } from '../../domain/planning/differences';
import { lockHolding, reserve } from '../capacity/holdings';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';
import { requireVersion } from '../connection/versions';
import {
  conditionOf,
  type DatabaseRecord,
  databaseVersion,
  hasData,
  instanceVersion,
  json,
  type OperationRecord,
} from '../databases/records';
import { selectAllDatabases, selectDatabases } from '../databases/selects';
import { translateConflict } from './conflicts';
import { type Accepted, insertOperation, lockDatabase, type OperationRequest, type Unchanged } from './insert';
import { countTriesAnew, recoverInputOf } from './owed';
import { deletionInputOf, isOfDeleted, reserveUndeleted, undeletedRecord } from './undelete';

/** A requested operation on an existing database. */
export interface ChangeRequest {
  readonly kind: RequestedKind;
  readonly databaseId: string;
  readonly input: unknown;
  readonly retryOf: string | null;
  /** The instance that the request names, whose version counts; missing when it names the database. */
  readonly instanceId?: string;
}

export function createDatabaseChange(asTenant: TenantScope) {
  /** Runs a transaction on a locked database, and names the open operation that refuses it. */
  async function recorded<Result>(
    request: OperationRequest,
    databaseId: string,
    select: typeof selectDatabases,
    accept: (tx: Executor, database: DatabaseRecord) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await translated('record the operation', () =>
        asTenant(request.tenantId, async (tx) =>
          accept(tx, await lockDatabase(tx, request.tenantId, databaseId, select)),
        ),
      );
    } catch (error) {
      throw await translateConflict(asTenant, request, { databaseId }, error);
    }
  }

  return {
    /**
     * Records an operation on an existing database; null in its place when it would change nothing. Throws
     * `not_found`, `precondition_failed`, `state_conflict`, `host_lost`, `not_retryable`, `deletion_protected`,
     * `name_in_use`, `operation_in_progress`, `request_in_progress`, `quota_exceeded`, `capacity_exhausted`.
     */
    async change(request: OperationRequest, change: ChangeRequest): Promise<Accepted | Unchanged> {
      const select = isOfDeleted(change.kind) ? selectAllDatabases : selectDatabases;
      return recorded(request, change.databaseId, select, async (tx, database) => {
        requireVersion(request.ifMatch ?? null, requestedVersion(database, change));
        return acceptChange(tx, request, database, change);
      });
    },

    /**
     * Records the retry of an operation: its request again, or the recovery of the database that it left `failed`.
     * Throws what `change` throws, and `not_retryable`.
     */
    async retry(request: OperationRequest, operation: OperationRecord): Promise<Accepted | Unchanged> {
      const { id, databaseId } = operation;
      return recorded(request, databaseId, selectAllDatabases, async (tx, database) => {
        const target = { ...conditionOf(database), id: databaseId, owedBy: database.owed?.operationId ?? null };
        return acceptChange(tx, request, database, { ...retryOf(operation, target), databaseId, retryOf: id });
      });
    },
  };
}

/** Records an operation on a locked database; null in its place when it would change nothing. */
async function acceptChange(
  tx: Executor,
  request: OperationRequest,
  database: DatabaseRecord,
  requested: ChangeRequest,
): Promise<Accepted | Unchanged> {
  const change = { ...requested, input: deletionInputOf(database, requested) };
  // After the wait for the lock: the operation that held it may have ended just now.
  const now = await storeTime(tx);
  checkState(database, change);
  if (changesNothing(database, change)) return { operation: null, database };
  const undeleted = change.kind === 'undelete' ? await undeletedRecord(tx, database, change.input) : {};
  const counters = countersAfter(database, change.kind);
  const recovery = change.kind === 'recover' ? await recoverInputOf(tx, database) : {};
  const operation = await insertOperation(tx, request, {
    ...change,
    ...recovery,
    database: { ...database, ...undeleted, ...counters },
    formerState: database.state,
    now,
    before: settingsOf(database),
    after: settingsAfter(database, change),
  });
  await tx.database.update({
    where: { id: database.id, tenantId: request.tenantId },
    data: {
      ...counters,
      ...undeleted,
      // For processes of the version before.
      previousSpec: hasData(database) ? json(database.spec) : Prisma.DbNull,
      updatedAt: now,
    },
    select: { id: true },
  });
  if (change.kind === 'recover') await countTriesAnew(tx, database.id);
  if (change.kind === 'undelete') await reserveUndeleted(tx, database);
  else await reserveChange(tx, database, change);
  return { operation, database: { ...database, ...undeleted, ...counters, updatedAt: now } };
}

/** The caller-supplied settings. */
function settingsOf({ spec, description, labels, deletionProtection }: DatabaseRecord) {
  return { description, labels, deletionProtection, spec };
}

/** The settings once the operation has succeeded; null when it leaves no database. */
function settingsAfter(database: DatabaseRecord, { kind, input }: ChangeRequest): object | null {
  const { spec: specBefore, ...attributes } = settingsOf(database);
  const spec = changedSpec(kind, specBefore, input);
  return spec === null ? null : { ...changedAttributes(kind, attributes, input), spec };
}

/** A larger size is reserved now; what a smaller one frees is given back when the operation ends. */
async function reserveChange(tx: Executor, database: DatabaseRecord, { kind, input }: ChangeRequest): Promise<void> {
  const size = changedSpec(kind, database.spec, input)?.size;
  if (size === undefined || (kind !== 'create' && isSameSize(size, database.spec.size))) return;
  await reserve(tx, database, await lockHolding(tx, database.id), size);
}

/** The version that the request's condition refers to. */
function requestedVersion(database: DatabaseRecord, { instanceId }: ChangeRequest): string {
  if (instanceId === undefined) return databaseVersion(database);
  const instance = database.instances.find(({ id }) => id === instanceId);
  if (instance === undefined) throw new DatabaseError('not_found', `instance ${instanceId} not found`);
  return instanceVersion(instance);
}

/** A retried create starts from a failed database; the operations table decides the rest. */
function checkState(database: DatabaseRecord, { kind, retryOf: retried }: ChangeRequest): void {
  const { state } = database;
  const condition = conditionOf(database);
  const isCreateAgain = kind === 'create' && retried !== null;
  if (isCreateAgain ? state === 'failed' : isAllowed(kind, condition)) {
    return refuseProtected(database, kind);
  }
  const details = { currentState: state, allowedActions: allowedActions(condition) };
  const lacksData = !isCreateAgain && kinds[kind].from.includes(state);
  if (lacksData && condition.isLost)
    throw new DatabaseError(
      'host_lost',
      `${kind} is not possible: the host of the database was declared lost`,
      details,
    );
  const hasNone = lacksData ? ' without data' : '';
  throw new DatabaseError('state_conflict', `${kind} is not allowed while the database is ${state}${hasNone}`, details);
}

function refuseProtected(database: DatabaseRecord, kind: RequestedKind): void {
  const { id, state: currentState, deletionProtection } = database;
  if (kind !== 'delete' || !deletionProtection) return;
  const message = `database ${id} is protected against deletion; remove the protection first`;
  const others = allowedActions(conditionOf(database)).filter((action) => action !== 'delete');
  throw new DatabaseError('deletion_protected', message, { currentState, allowedActions: others });
}

/** Whether everything is as requested already. */
function changesNothing(database: DatabaseRecord, { kind, input }: ChangeRequest): boolean {
  const { spec, description, labels, deletionProtection } = database;
  const attributes = { description, labels, deletionProtection };
  return (
    mayChangeNothing(kind) &&
    isDeepStrictEqual(changedSpec(kind, spec, input), spec) &&
    isDeepStrictEqual(changedAttributes(kind, attributes, input), attributes)
  );
}
