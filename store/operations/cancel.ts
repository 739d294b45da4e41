import { DatabaseError } from '../../domain/errors';
import { goesBack } from '../../domain/operations/kinds';
import { pointsOfNoReturn } from '../../domain/planning/steps';
import { isFinished } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';
import { requireVersion } from '../connection/versions';
import { type OperationRecord, operationRecord, operationVersion } from '../databases/records';
import { auditEndRequest, type EndRequest, endPending, lockOperation } from './end';
import { recordDone } from './requests';

export function createCancel(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /**
     * Cancels an open operation. A pending one ends here, in the store alone; a running one is `cancelling` until its
     * workflow has gone back. Throws `not_found`, `precondition_failed`, `already_finished`, `not_cancellable`,
     * `request_in_progress`.
     */
    async cancel(
      tenantId: string,
      operationId: string,
      requestedBy: string,
      { claim = null, ifMatch = null, requestId = null, origin = null }: EndRequest = {},
    ): Promise<OperationRecord> {
      const unknown = () => new DatabaseError('not_found', `operation ${operationId} not found`);
      return translated('cancel the operation', async () => {
        // The second wall between tenants: ending an operation takes more than a tenant's own rights.
        const where = { id: operationId, tenantId };
        if ((await asTenant(tenantId, (tx) => tx.operation.count({ where }))) === 0) throw unknown();
        return prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, where);
          if (operation === null) throw unknown();
          requireVersion(ifMatch, operationVersion(operation));
          if (operation.state === 'cancelling') return operation;
          await refuseCancel(tx, operation);
          await recordDone(tx, claim, operationId);
          const now = await storeTime(tx);
          await auditEndRequest(tx, operation, 'operation.cancel', { actor: requestedBy, requestId, origin }, now);
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

/** Throws `already_finished` or `not_cancellable` with the reason. */
async function refuseCancel(tx: Executor, operation: OperationRecord): Promise<void> {
  if (isFinished(operation.state)) {
    throw new DatabaseError('already_finished', `the operation has already ended: ${operation.state}`, {
      currentState: operation.state,
    });
  }
  if (!goesBack(operation.kind, 'cancelled')) {
    throw new DatabaseError('not_cancellable', `an operation of kind ${operation.kind} cannot be cancelled`);
  }
  const begun = await tx.step.findFirst({
    where: { operationId: operation.id, name: { in: [...pointsOfNoReturn] }, state: { not: 'pending' } },
  });
  if (begun === null) return;
  const reason = begun.name === 'markUsed' ? 'the database is complete' : 'the data is being deleted';
  throw new DatabaseError('not_cancellable', `${reason}; the operation can no longer be cancelled`, {
    step: begun.name,
    resource: begun.resource,
  });
}
