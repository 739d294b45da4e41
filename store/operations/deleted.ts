import type { Problem } from '../../domain/errors';
import { keepSecondsOf, purgeRetrySeconds } from '../../domain/operations/deletion';
import { giveBackAll } from '../capacity/holdings';
import { type Executor, Prisma } from '../connection/executor';
import { json, type OperationRecord } from '../databases/records';

/**
 * Hides a database after its delete, after an undelete that went back, or after a purge that failed. Secrets, check,
 * bindings and instances stay for an undelete; name, ports and holding are free.
 */
export async function settleDeleted(
  tx: Executor,
  operation: OperationRecord,
  error: Problem | null,
  now: Date,
): Promise<void> {
  const { databaseId, generation } = operation;
  const hidden = await tx.database.updateMany({
    where: { id: databaseId, generation },
    data: {
      state: 'deleted',
      ...(await timesOf(tx, operation, now)),
      error: error === null ? Prisma.DbNull : json(error),
      previousSpec: Prisma.DbNull,
      wayBackPending: false,
      updatedAt: now,
    },
  });
  if (hidden.count === 0) return;
  await tx.owed.deleteMany({ where: { databaseId } });
  await tx.sidecar.deleteMany({ where: { databaseId } });
  await tx.observedStatus.deleteMany({ where: { instance: { databaseId } } });
  await tx.$executeRaw`
    UPDATE instances SET state = 'deleted', error = NULL, host_port = NULL, last_port = coalesce(host_port, last_port),
      updated_at = ${now}
    WHERE database_id = ${databaseId}`;
  await giveBackAll(tx, databaseId);
}

/** A purge that failed is tried again later; before its time, it does not bring that forward. */
async function timesOf(
  tx: Executor,
  operation: OperationRecord,
  now: Date,
): Promise<{ deletedAt?: Date; purgeAt: Date }> {
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  if (operation.kind !== 'purge') return { deletedAt: now, purgeAt: after(keepSecondsOf(operation)) };
  const where = { id: operation.databaseId };
  const { purgeAt } = await tx.database.findUniqueOrThrow({ where, select: { purgeAt: true } });
  const retryAt = after(purgeRetrySeconds);
  return { purgeAt: purgeAt !== null && purgeAt > retryAt ? purgeAt : retryAt };
}
