import type { Problem } from '../../domain/errors';
import { restAfter } from '../../domain/operations/outcome';
import type { Outcome } from '../../domain/states';
import { type Author, writeAudit } from '../access/audit';
import { giveBack } from '../capacity/holdings';
import { type Executor, Prisma } from '../connection/executor';
import { json, type OperationRecord, operationRecord } from '../databases/records';
import type { OperationRequest } from './insert';
import { journal } from './journal';
import { removeRecords, settle } from './settle';

/** The conditions and the origin of a request to end an operation. */
export type EndRequest = Pick<OperationRequest, 'claim' | 'ifMatch'> & Omit<Author, 'actor'>;

/** An operation's id; with a tenant, only if it belongs to that tenant. */
export interface OperationKey {
  readonly id: string;
  readonly tenantId?: string;
}

/**
 * Locks an operation, and its database first: whoever accepts a change has locked that before it meets the open
 * operation.
 */
export async function lockOperation(tx: Executor, { id, tenantId }: OperationKey): Promise<OperationRecord | null> {
  const own = Prisma.sql`id = ${id} AND tenant_id = coalesce(${tenantId ?? null}, tenant_id)`;
  await tx.$queryRaw`
    SELECT 1 FROM databases WHERE id = (SELECT database_id FROM operations WHERE ${own}) FOR NO KEY UPDATE`;
  await tx.$queryRaw`SELECT 1 FROM operations WHERE ${own} FOR UPDATE`;
  const row = await tx.operation.findUnique({ where: tenantId === undefined ? { id } : { id, tenantId } });
  return row === null ? null : operationRecord(row);
}

/** Ends an operation, with its event and audit entry. */
export async function endOperation(
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

/** Ends the steps that no run will end any more. */
export async function endSteps(tx: Executor, { id }: OperationRecord, error: Problem, now: Date): Promise<void> {
  await tx.step.updateMany({
    where: { operationId: id, state: 'running' },
    data: { state: 'failed', endedAt: now, error: json(error) },
  });
}

/** Ends an operation that no run has claimed, in the records alone: it has touched nothing else. */
export async function endPending(
  tx: Executor,
  operation: OperationRecord,
  outcome: 'cancelled' | 'failed',
  error: Problem,
  now: Date,
): Promise<OperationRecord> {
  const { kind, formerState, cancelRequestedAt } = operation;
  const ended = await endOperation(
    tx,
    { ...operation, cancelRequestedAt: outcome === 'cancelled' ? now : cancelRequestedAt },
    outcome,
    error,
    now,
  );
  const ending = { outcome, wayBack: 'done', error } as const;
  const rest = restAfter({ kind, outcome, wayBack: 'done', formerState, power: null });
  if (rest === 'gone') await removeRecords(tx, operation);
  // A first create and an undelete leave a record in progress, and a recovery or a purge counts as a try; others have
  // changed nothing.
  else if (formerState === null || kind === 'recover' || rest === 'deleted')
    await settle(tx, operation, rest, ending, now);
  else await giveBack(tx, operation.databaseId, { kind, outcome, wayBack: 'done' });
  return ended;
}

/** Writes who requested the end of an operation. */
export async function auditEndRequest(
  tx: Executor,
  { id, tenantId, databaseName, state }: OperationRecord,
  action: string,
  author: Author,
  at: Date,
): Promise<void> {
  const entry = { ...author, tenantId, action, resource: { id, name: databaseName }, operationId: id } as const;
  await writeAudit(tx, { ...entry, outcome: 'accepted', before: { state } }, at);
}
