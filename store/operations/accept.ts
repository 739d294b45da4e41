import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import type { CheckSettings } from '../../domain/health/checks';
import { kinds, type OperationKind } from '../../domain/operations/kinds';
import {
  allowedActions,
  changedAttributes,
  changedSpec,
  createdSpec,
  type createInputSchema,
  mayChangeNothing,
  type RequestedKind,
} from '../../domain/operations/operations';
import { isSameSize } from '../../domain/planning/differences';
import type { LifecycleState } from '../../domain/states';
import type { Origin } from '../access/audit';
import { lockHolding, reserve } from '../capacity/holdings';
import { type Executor, Prisma } from '../connection/client';
import { translated } from '../connection/errors';
import { newId } from '../connection/ids';
import type { TenantScope } from '../connection/tenant-scope';
import { databaseVersion, type Expected, instanceVersion, requireVersion } from '../connection/versions';
import {
  type DatabaseRecord,
  type DatabaseRow,
  databaseRecord,
  json,
  type OperationRecord,
  operationRecord,
} from '../databases/records';
import { selectDatabases } from '../databases/selects';
import { bindToChannels } from '../notifications/bindings';
import { explained } from './conflicts';
import { journal } from './journal';
import { type Claim, recordDone } from './requests';

/** Who asks, and under which request. */
export interface Request {
  readonly tenantId: string;
  readonly requestedBy: string;
  readonly requestId: string;
  readonly origin?: Origin | null;
  /** The trace that it belongs to, where it names one. */
  readonly traceId?: string | null;
  /** What notes that it was carried out, where it has an Idempotency-Key. */
  readonly claim?: Claim | null;
  /** The versions one of which what it changes must have. */
  readonly ifMatch?: Expected;
}

export interface Accepted {
  readonly operation: OperationRecord;
  readonly database: DatabaseRecord;
}

/** What was asked for is so already: nothing was recorded. */
export interface Unchanged {
  readonly operation: null;
  readonly database: DatabaseRecord;
}

export type CreateInput = z.output<typeof createInputSchema>;

/** A change asked of a database that exists. */
export interface ChangeRequest {
  readonly kind: RequestedKind;
  readonly databaseId: string;
  readonly input: unknown;
  readonly retryOf: string | null;
  /** The instance that it was asked of, whose version the request means; the database's where it is missing. */
  readonly instanceId?: string;
}

/** @param checkDefaults how a new database is checked */
export function createAccept(asTenant: TenantScope, checkDefaults: CheckSettings) {
  return {
    /**
     * Records a database that is to be, with its health check, and the operation that brings it into being. Throws
     * `name_in_use`, `request_in_progress`, `quota_exceeded`, `capacity_exhausted`.
     */
    async create(request: Request, input: CreateInput): Promise<Accepted> {
      const now = new Date();
      const id = newId();
      const spec = createdSpec(input);
      try {
        return await translated('record the database', () =>
          asTenant(request.tenantId, async (tx) => {
            const { name, description, labels, deletionProtection } = input;
            const attributes = { description, labels, deletionProtection };
            const { during: state } = kinds.create;
            const written = {
              id,
              tenantId: request.tenantId,
              name,
              ...attributes,
              state,
              createdAt: now,
              updatedAt: now,
            };
            await tx.database.create({ data: { ...written, spec: json(spec) }, select: { id: true } });
            const database = { ...written, spec, previousSpec: null, generation: 1, error: null, instances: [] };
            const operation = await insertOperation(tx, request, {
              database,
              kind: 'create',
              input,
              formerState: null,
              retryOf: null,
              now,
              after: { ...attributes, spec },
            });
            const check = await tx.healthCheck.create({
              data: { id: newId(), tenantId: request.tenantId, databaseId: id, ...checkDefaults },
              select: { id: true },
            });
            await bindToChannels(tx, [check.id]);
            // Last, as whoever takes from the same quota waits from here to the commit.
            await reserve(tx, database, null, input.size);
            return { operation, database };
          }),
        );
      } catch (error) {
        throw await explained(asTenant, request, { name: input.name }, error);
      }
    },

    /**
     * Records an operation on a database that exists; null in its place when it would change nothing. Throws
     * `not_found`, `precondition_failed`, `state_conflict`, `deletion_protected`, `operation_in_progress`,
     * `request_in_progress`, `quota_exceeded`, `capacity_exhausted`.
     */
    async change(request: Request, change: ChangeRequest): Promise<Accepted | Unchanged> {
      try {
        return await translated('record the operation', () =>
          asTenant(request.tenantId, async (tx) => {
            const database = await lockDatabase(tx, request.tenantId, change.databaseId);
            // Not before the operation ended that may have had the lock.
            const now = new Date();
            requireVersion(request.ifMatch ?? null, versionAsked(database, change));
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
        throw await explained(asTenant, request, change, error);
      }
    },
  };
}

interface NewOperation {
  readonly database: { readonly id: string; readonly name: string; readonly generation: number };
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly formerState: LifecycleState | null;
  readonly retryOf: string | null;
  readonly now: Date;
  /** What is kept of its database, as the audit shows it; what an operation by itself leaves as it is has neither. */
  readonly before?: object | null;
  readonly after?: object | null;
}

/** A pending operation, with its event and audit entry, noted on its request. Throws `request_in_progress`. */
export async function insertOperation(
  tx: Executor,
  { tenantId, requestedBy, requestId, origin = null, traceId = null, claim = null }: Request,
  { database, kind, input, formerState, retryOf, now, before = null, after = null }: NewOperation,
): Promise<OperationRecord> {
  const row = await tx.operation.create({
    data: {
      id: newId(),
      tenantId,
      databaseId: database.id,
      databaseName: database.name,
      kind,
      input: json(input),
      state: 'pending',
      generation: database.generation,
      formerState,
      requestedBy,
      requestId,
      traceId,
      retryOf,
      createdAt: now,
    },
  });
  const operation = operationRecord(row);
  await recordDone(tx, claim, operation.id);
  await journal(tx, operation, 'accepted', now, { origin, before, after });
  return operation;
}

/** What a caller has said of a database. */
function settingsOf({ spec, description, labels, deletionProtection }: DatabaseRecord) {
  return { description, labels, deletionProtection, spec };
}

/** The same when the operation has succeeded; null where nothing is left. */
function settingsAfter(database: DatabaseRecord, { kind, input }: ChangeRequest): object | null {
  const { spec: specBefore, ...attributes } = settingsOf(database);
  const spec = changedSpec(kind, specBefore, input);
  return spec === null ? null : { ...changedAttributes(kind, attributes, input), spec };
}

/** A change of size takes what it may need more; one that is smaller gives back when it is done. */
async function reserveChange(tx: Executor, database: DatabaseRecord, { kind, input }: ChangeRequest): Promise<void> {
  const size = changedSpec(kind, database.spec, input)?.size;
  if (size === undefined || (kind !== 'create' && isSameSize(size, database.spec.size))) return;
  await reserve(tx, database, await lockHolding(tx, database.id), size);
}

/** Whether an engine has ever been ready. Before that there is nothing to bring back: the way back leads to nothing. */
function hasData({ instances }: DatabaseRecord): boolean {
  return instances.some(({ initializedAt }) => initializedAt !== null);
}

/** A database that nobody else changes until the transaction ends. Throws `not_found`. */
export async function lockDatabase(tx: Executor, tenantId: string, id: string): Promise<DatabaseRecord> {
  await tx.$queryRaw`SELECT 1 FROM databases WHERE id = ${id} AND tenant_id = ${tenantId} FOR UPDATE`;
  const [row] = await tx.$queryRaw<DatabaseRow[]>(
    selectDatabases(Prisma.sql`WHERE id = ${id} AND tenant_id = ${tenantId}`),
  );
  if (row === undefined) throw new DatabaseError('not_found', `database ${id} not found`);
  return databaseRecord(row);
}

/** The version that a request's condition is about. */
function versionAsked(database: DatabaseRecord, { instanceId }: ChangeRequest): string {
  if (instanceId === undefined) return databaseVersion(database);
  const instance = database.instances.find(({ id }) => id === instanceId);
  if (instance === undefined) throw new DatabaseError('not_found', `instance ${instanceId} not found`);
  return instanceVersion(instance);
}

/** A retried create starts from what the failed one left; everything else is allowed by the operations table. */
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

/** Whether everything is as it is asked for. */
function changesNothing(database: DatabaseRecord, { kind, input }: ChangeRequest): boolean {
  const { spec, description, labels, deletionProtection } = database;
  const attributes = { description, labels, deletionProtection };
  return (
    mayChangeNothing(kind) &&
    isDeepStrictEqual(changedSpec(kind, spec, input), spec) &&
    isDeepStrictEqual(changedAttributes(kind, attributes, input), attributes)
  );
}
