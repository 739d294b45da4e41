import { isDeepStrictEqual } from 'node:util';
import { DatabaseError } from '../../domain/errors';
import { kinds } from '../../domain/operations/kinds';
import {
  allowedActions,
  changedAttributes,
  changedSpec,
  mayChangeNothing,
  type RequestedKind,
} from '../../domain/operations/operations';
import { isSameSize } from '../../domain/planning/differences';
import { lockHolding, reserve } from '../capacity/holdings';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';
import { requireVersion } from '../connection/versions';
import { type DatabaseRecord, databaseVersion, instanceVersion, json } from '../databases/records';
import { translateConflict } from './conflicts';
import { type Accepted, insertOperation, lockDatabase, type OperationRequest, type Unchanged } from './insert';

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
  return {
    /**
     * Records an operation on an existing database; null in its place when it would change nothing. Throws
     * `not_found`, `precondition_failed`, `state_conflict`, `deletion_protected`, `operation_in_progress`,
     * `request_in_progress`, `quota_exceeded`, `capacity_exhausted`.
     */
    async change(request: OperationRequest, change: ChangeRequest): Promise<Accepted | Unchanged> {
      try {
        return await translated('record the operation', () =>
          asTenant(request.tenantId, async (tx) => {
            const database = await lockDatabase(tx, request.tenantId, change.databaseId);
            // After the wait for the lock: the operation that held it may have ended just now.
            const now = await storeTime(tx);
            requireVersion(request.ifMatch ?? null, requestedVersion(database, change));
            checkState(database, change);
            if (changesNothing(database, change)) return { operation: null, database };
            const operation = await insertOperation(tx, request, {
              ...change,
              database: { ...database, generation: database.generation + 1 },
              formerState: database.state,
              now,
              before: settingsOf(database),
              after: settingsAfter(database, change),
            });
            await tx.database.update({
              where: { id: database.id, tenantId: request.tenantId },
              data: {
                generation: operation.generation,
                previousSpec: hasData(database) ? json(database.spec) : Prisma.DbNull,
                updatedAt: now,
              },
              select: { id: true },
            });
            await reserveChange(tx, database, change);
            return { operation, database: { ...database, generation: operation.generation, updatedAt: now } };
          }),
        );
      } catch (error) {
        throw await translateConflict(asTenant, request, change, error);
      }
    },
  };
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

/** Whether an engine has ever been ready. Before that the way back leads to no resources. */
function hasData({ instances }: DatabaseRecord): boolean {
  return instances.some(({ initializedAt }) => initializedAt !== null);
}

/** The version that the request's condition refers to. */
function requestedVersion(database: DatabaseRecord, { instanceId }: ChangeRequest): string {
  if (instanceId === undefined) return databaseVersion(database);
  const instance = database.instances.find(({ id }) => id === instanceId);
  if (instance === undefined) throw new DatabaseError('not_found', `instance ${instanceId} not found`);
  return instanceVersion(instance);
}

/** A retried create starts from a failed database; the operations table decides the rest. */
function checkState(database: DatabaseRecord, { kind, retryOf }: ChangeRequest): void {
  const from = kind === 'create' && retryOf !== null ? ['failed'] : kinds[kind].from;
  if (from.includes(database.state)) return refuseProtected(database, kind);
  throw new DatabaseError('state_conflict', `${kind} is not allowed while the database is ${database.state}`, {
    currentState: database.state,
    allowedActions: allowedActions(database.state),
  });
}

function refuseProtected({ id, state, deletionProtection }: DatabaseRecord, kind: RequestedKind): void {
  if (kind !== 'delete' || !deletionProtection) return;
  const message = `database ${id} is protected against deletion; remove the protection first`;
  const others = allowedActions(state).filter((action) => action !== 'delete');
  throw new DatabaseError('deletion_protected', message, { currentState: state, allowedActions: others });
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
