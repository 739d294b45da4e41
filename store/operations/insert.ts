import { DatabaseError } from '../../domain/errors';
import type { Counters, OperationKind } from '../../domain/operations/kinds';
import type { Images } from '../../domain/planning/pins';
import type { LifecycleState } from '../../domain/states';
import type { Origin } from '../access/audit';
import { type Executor, Prisma } from '../connection/executor';
import { newId } from '../connection/ids';
import type { Expected } from '../connection/versions';
import {
  type DatabaseRecord,
  type DatabaseRow,
  databaseRecord,
  json,
  type OperationRecord,
  operationRecord,
} from '../databases/records';
import { selectDatabases } from '../databases/selects';
import { journal } from './journal';
import { type Claim, recordDone } from './requests';

/** The caller, and the request that carries the call. */
export interface OperationRequest {
  readonly tenantId: string;
  readonly requestedBy: string;
  readonly requestId: string;
  readonly origin?: Origin | null;
  /** The trace that the request belongs to, if it names one. */
  readonly traceId?: string | null;
  /** The claim on the request's Idempotency-Key, if it has one. */
  readonly claim?: Claim | null;
  /** The images on offer: what the operation creates is created from them. */
  readonly target?: Images | null;
  /** The versions that the changed resource may have. */
  readonly ifMatch?: Expected;
}

export interface Accepted {
  readonly operation: OperationRecord;
  readonly database: DatabaseRecord;
}

/** The database is already as requested: nothing was recorded. */
export interface Unchanged {
  readonly operation: null;
  readonly database: DatabaseRecord;
}

export interface NewOperation {
  /** With its counters once it has accepted the operation. */
  readonly database: Counters & { readonly id: string; readonly name: string };
  readonly kind: OperationKind;
  readonly input: unknown;
  readonly formerState: LifecycleState | null;
  readonly retryOf: string | null;
  readonly now: Date;
  /** The database's settings for the audit; missing when the operation keeps them. */
  readonly before?: object | null;
  readonly after?: object | null;
}

/** A pending operation, with its event and audit entry, noted on its request. Throws `request_in_progress`. */
export async function insertOperation(
  tx: Executor,
  { tenantId, requestedBy, requestId, origin = null, traceId = null, claim = null, target = null }: OperationRequest,
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
      ...(target === null ? {} : { target: json(target) }),
      state: 'pending',
      generation: database.generation,
      disruption: database.disruption,
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

/**
 * Locks a database for this transaction. Throws `not_found`, also for a deleted one.
 *
 * @param select `selectAllDatabases` to find deleted ones too
 */
export async function lockDatabase(
  tx: Executor,
  tenantId: string,
  id: string,
  select = selectDatabases,
): Promise<DatabaseRecord> {
  await tx.$queryRaw`SELECT 1 FROM databases WHERE id = ${id} AND tenant_id = ${tenantId} FOR UPDATE`;
  const [row] = await tx.$queryRaw<DatabaseRow[]>(select(Prisma.sql`WHERE id = ${id} AND tenant_id = ${tenantId}`));
  if (row === undefined) throw new DatabaseError('not_found', `database ${id} not found`);
  return databaseRecord(row);
}
