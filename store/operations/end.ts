import type { Problem } from '../../domain/errors';
import type { Outcome } from '../../domain/operations/way-back';
import { type Executor, Prisma } from '../connection/executor';
import { json, type OperationRecord, operationRecord } from '../databases/records';
import { journal } from './journal';

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
