import { DatabaseError, type Problem } from '../../domain/errors';
import { goesBack, kinds, operationKinds } from '../../domain/operations/kinds';
import { restAfter } from '../../domain/operations/outcome';
import { dataDestroyingSteps } from '../../domain/planning/steps';
import { isFinished, type Outcome, openOperationStates } from '../../domain/states';
import { type Author, writeAudit } from '../access/audit';
import { giveBack } from '../capacity/holdings';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { newId } from '../connection/ids';
import type { TenantScope } from '../connection/tenant-scope';
import { operationVersion, requireVersion } from '../connection/versions';
import { json, type OperationRecord, operationRecord } from '../databases/records';
import type { Request } from './accept';
import { journal } from './journal';
import { recordDone } from './requests';
import { abortedKindOf, type RecoverInput, removeRecords, type Settlement, settle } from './settle';

/** Under which conditions an operation is ended from outside, where a request asks for it. */
export type Conditions = Pick<Request, 'claim' | 'ifMatch'> & Omit<Author, 'actor'>;

/** Which operation; with a tenant, only if it is one of that tenant's. */
interface OperationKey {
  readonly id: string;
  readonly tenantId?: string;
}

export interface Finish extends Settlement {
  readonly operationId: string;
}

export function createFinish(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /**
     * Ends an operation: rest states, records that must go, event and audit, in one transaction. An operation that is
     * finished already stays as it is, so that this may be repeated. Throws `cancelled` for a success after a cancel was
     * accepted: the operation has to go back first.
     */
    async finish({ operationId, outcome, wayBack, error }: Finish): Promise<void> {
      await translated('finish the operation', () =>
        prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, { id: operationId });
          if (operation === null || isFinished(operation.state)) return;
          if (outcome === 'succeeded' && operation.state === 'cancelling') {
            throw new DatabaseError('cancelled', `operation ${operationId} was cancelled before it finished`);
          }
          const now = new Date();
          const { kind, formerState } = operation;
          const rest = restAfter({ kind, outcome, wayBack, formerState, abortedKind: abortedKindOf(operation) });
          await end(tx, operation, outcome, error, now);
          if (rest === 'gone') await removeRecords(tx, operation);
          else
            await settle(
              tx,
              operation,
              rest,
              { outcome, wayBack, error: error ?? (await abortedError(tx, operation)) },
              now,
            );
        }),
      );
    },

    /**
     * Ends an operation whose run is gone as `failed` (`aborted`), and accepts the `recover` operation that clears what
     * it left. Null when there is none: it was finished, or pending, which ends it in the store alone; or a recovery
     * itself, after which another comes when its time has come (`waitingForWayBack`). Throws `precondition_failed`,
     * `request_in_progress`.
     */
    async abort(
      ref: OperationKey,
      actor: string,
      reason: string,
      { claim = null, ifMatch = null, requestId = null, origin = null }: Conditions = {},
    ): Promise<OperationRecord | null> {
      return translated('abort the operation', () =>
        prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, ref);
          if (operation === null || isFinished(operation.state)) return null;
          requireVersion(ifMatch, operationVersion(operation));
          await recordDone(tx, claim, operation.id);
          const now = new Date();
          const error = { code: 'aborted', message: reason } as const;
          await audit(tx, operation, 'operation.abort', { actor, requestId, origin }, now);
          if (operation.state === 'pending') {
            await endPending(tx, operation, 'failed', error, now);
            return null;
          }
          await end(tx, operation, 'failed', error, now);
          await endSteps(tx, operation, error, now);
          if (operation.kind !== 'recover') return acceptRecovery(tx, operation, actor, now);
          await settle(tx, operation, 'failed', { outcome: 'failed', wayBack: 'failed', error }, now);
          return null;
        }),
      );
    },

    /** Accepts another try at a way back that failed; null when the database no longer needs one. */
    async resumeWayBack(databaseId: string, actor: string): Promise<OperationRecord | null> {
      return translated('resume the way back', () =>
        prisma.$transaction(async (tx) => {
          const [waiting] = await tx.$queryRaw<{ id: string }[]>`
            SELECT id FROM databases WHERE id = ${databaseId} AND way_back_pending FOR UPDATE`;
          // A statement of its own: one that was accepted while the lock was waited for is seen.
          const open = { databaseId, state: { in: [...openOperationStates] } };
          if (waiting === undefined || (await tx.operation.count({ where: open })) > 0) return null;
          const kind = { notIn: operationKinds.filter((one) => kinds[one].recordOnly) };
          const last = await tx.operation.findFirst({ where: { databaseId, kind }, orderBy: { generation: 'desc' } });
          return last === null ? null : acceptRecovery(tx, operationRecord(last), actor, new Date());
        }),
      );
    },

    /**
     * Asks an open operation to stop. A pending one ends here, in the store alone; a running one is `cancelling` until
     * its workflow has gone back. Throws `not_found`, `precondition_failed`, `already_finished`, `not_cancellable`,
     * `request_in_progress`.
     */
    async cancel(
      tenantId: string,
      operationId: string,
      requestedBy: string,
      { claim = null, ifMatch = null, requestId = null, origin = null }: Conditions = {},
    ): Promise<OperationRecord> {
      const unknown = () => new DatabaseError('not_found', `operation ${operationId} not found`);
      return translated('cancel the operation', async () => {
        // The second wall: to end it is beyond a tenant's own rights.
        const where = { id: operationId, tenantId };
        if ((await asTenant(tenantId, (tx) => tx.operation.count({ where }))) === 0) throw unknown();
        return prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, where);
          if (operation === null) throw unknown();
          requireVersion(ifMatch, operationVersion(operation));
          if (operation.state === 'cancelling') return operation;
          await refuseCancel(tx, operation);
          await recordDone(tx, claim, operationId);
          const now = new Date();
          await audit(tx, operation, 'operation.cancel', { actor: requestedBy, requestId, origin }, now);
          if (operation.state === 'pending') {
            const error = { code: 'cancelled', message: `cancelled by ${requestedBy} before it started` } as const;
            return endPending(tx, operation, 'cancelled', error, now);
          }
          const data = { state: 'cancelling', cancelRequestedAt: now };
          return operationRecord(await tx.operation.update({ where: { id: operationId }, data }));
        });
      });
    },
  };
}

/** The database first, as who accepts a change has it locked already when it comes upon the open operation. */
async function lockOperation(tx: Executor, { id, tenantId }: OperationKey): Promise<OperationRecord | null> {
  const own = Prisma.sql`id = ${id} AND tenant_id = coalesce(${tenantId ?? null}, tenant_id)`;
  await tx.$queryRaw`
    SELECT 1 FROM databases WHERE id = (SELECT database_id FROM operations WHERE ${own}) FOR NO KEY UPDATE`;
  await tx.$queryRaw`SELECT 1 FROM operations WHERE ${own} FOR UPDATE`;
  const row = await tx.operation.findUnique({ where: tenantId === undefined ? { id } : { id, tenantId } });
  return row === null ? null : operationRecord(row);
}

/** Ends an operation, with its event and audit entry. */
export async function end(
  tx: Executor,
  operation: OperationRecord,
  outcome: Outcome,
  error: Problem | null,
  now: Date,
): Promise<OperationRecord> {
  const row = await tx.operation.update({
    where: { id: operation.id },
    data: {
      state: outcome,
      error: error === null ? Prisma.DbNull : json(error),
      endedAt: now,
      cancelRequestedAt: operation.cancelRequestedAt,
    },
  });
  const ended = operationRecord(row);
  await journal(tx, ended, outcome, now);
  return ended;
}

/** An operation that no run has claimed has touched nothing: its end is a matter of records. */
async function endPending(
  tx: Executor,
  operation: OperationRecord,
  outcome: 'cancelled' | 'failed',
  error: Problem,
  now: Date,
): Promise<OperationRecord> {
  const { kind, formerState, cancelRequestedAt } = operation;
  const asked = outcome === 'cancelled' ? now : cancelRequestedAt;
  const ended = await end(tx, { ...operation, cancelRequestedAt: asked }, outcome, error, now);
  const rest = restAfter({ kind, outcome, wayBack: 'not_taken', formerState, abortedKind: abortedKindOf(operation) });
  if (rest === 'gone') await removeRecords(tx, operation);
  // What a recovery was to clear is still there; a database that was to be is not.
  else if (kind === 'recover') await settle(tx, operation, 'failed', { outcome, wayBack: 'failed', error }, now);
  // One that is tried again is as it was.
  else if (kind === 'create' && formerState === null)
    await settle(tx, operation, rest, { outcome, wayBack: 'not_taken', error }, now);
  else await giveBack(tx, operation.databaseId, { kind, outcome, wayBack: 'not_taken', abortedKind: null });
  return ended;
}

/** Steps that nobody will end any more. */
async function endSteps(tx: Executor, { id }: OperationRecord, error: Problem, now: Date): Promise<void> {
  await tx.step.updateMany({
    where: { operationId: id, state: 'running' },
    data: { state: 'failed', endedAt: now, error: json(error) },
  });
}

/** Who asked for an end that the operation itself did not have. */
async function audit(
  tx: Executor,
  { id, tenantId, databaseName, state }: OperationRecord,
  action: string,
  author: Author,
  at: Date,
): Promise<void> {
  const entry = { ...author, tenantId, action, resource: { id, name: databaseName }, operationId: id } as const;
  await writeAudit(tx, { ...entry, outcome: 'accepted', before: { state } }, at);
}

/** A recovery that succeeds leaves a failed database: the reason is that of the operation which it cleared up. */
async function abortedError(tx: Executor, { kind, input }: OperationRecord): Promise<Problem | null> {
  if (kind !== 'recover') return null;
  const aborted = await tx.operation.findUnique({ where: { id: (input as RecoverInput).operationId } });
  return aborted === null ? null : operationRecord(aborted).error;
}

async function acceptRecovery(
  tx: Executor,
  aborted: OperationRecord,
  actor: string,
  now: Date,
): Promise<OperationRecord | null> {
  const { databaseId, tenantId, databaseName, requestId, traceId } = aborted;
  const [database] = await tx.$queryRaw<{ generation: number }[]>`
    UPDATE databases SET generation = generation + 1, updated_at = ${now} WHERE id = ${databaseId} RETURNING generation`;
  if (database === undefined) return null;
  const input: RecoverInput =
    aborted.kind === 'recover' ? (aborted.input as RecoverInput) : { operationId: aborted.id, kind: aborted.kind };
  const row = await tx.operation.create({
    data: {
      id: newId(),
      tenantId,
      databaseId,
      databaseName,
      kind: 'recover',
      input: json(input),
      state: 'pending',
      generation: database.generation,
      formerState: aborted.formerState,
      requestedBy: actor,
      requestId,
      traceId,
      retryOf: aborted.id,
      createdAt: now,
    },
  });
  const recovery = operationRecord(row);
  await journal(tx, recovery, 'accepted', now);
  return recovery;
}

/** Throws when a cancel makes no sense, with the reason. */
async function refuseCancel(tx: Executor, operation: OperationRecord): Promise<void> {
  if (isFinished(operation.state)) {
    throw new DatabaseError('already_finished', `the operation has already ended: ${operation.state}`, {
      currentState: operation.state,
    });
  }
  if (!goesBack(operation.kind, 'cancelled')) {
    throw new DatabaseError('not_cancellable', `an operation of kind ${operation.kind} cannot be cancelled`);
  }
  const destroyed = await tx.step.findFirst({
    where: { operationId: operation.id, name: { in: [...dataDestroyingSteps] }, state: { not: 'pending' } },
  });
  if (destroyed !== null) {
    throw new DatabaseError('not_cancellable', 'the data is being deleted; the operation can no longer be cancelled', {
      step: destroyed.name,
      resource: destroyed.resource,
    });
  }
}
