import { isFinished } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { requireVersion } from '../connection/versions';
import { type OperationRecord, operationVersion } from '../databases/records';
import {
  auditEndRequest,
  type EndRequest,
  endOperation,
  endPending,
  endSteps,
  lockOperation,
  type OperationKey,
} from './end';
import { acceptRecovery } from './recover';
import { recordDone } from './requests';
import { settle } from './settle';

export function createAbort(prisma: PrismaClient) {
  return {
    /**
     * Ends an operation whose run is gone as `failed` (`aborted`), and accepts the `recover` operation that clears what
     * it left. Null when there is none to accept: the operation was finished, or pending, or is itself a recovery,
     * which is repeated later (`listDueRecoveries`). Throws `precondition_failed`, `request_in_progress`.
     */
    async abort(
      ref: OperationKey,
      actor: string,
      reason: string,
      { claim = null, ifMatch = null, requestId = null, origin = null }: EndRequest = {},
    ): Promise<OperationRecord | null> {
      return translated('abort the operation', () =>
        prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, ref);
          if (operation === null || isFinished(operation.state)) return null;
          requireVersion(ifMatch, operationVersion(operation));
          await recordDone(tx, claim, operation.id);
          const now = await storeTime(tx);
          const error = { code: 'aborted', message: reason } as const;
          await auditEndRequest(tx, operation, 'operation.abort', { actor, requestId, origin }, now);
          if (operation.state === 'pending') {
            await endPending(tx, operation, 'failed', error, now);
            return null;
          }
          await endOperation(tx, operation, 'failed', error, now);
          await endSteps(tx, operation, error, now);
          if (operation.kind !== 'recover') return acceptRecovery(tx, operation, actor, now);
          await settle(tx, operation, 'failed', { outcome: 'failed', wayBack: 'failed', error }, now);
          return null;
        }),
      );
    },
  };
}
