import { type Ending, restAfter } from '../../domain/operations/outcome';
import { isFinished, type LifecycleState } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { requireVersion } from '../connection/versions';
import { type OperationRecord, operationVersion } from '../databases/records';
import { hasBegun } from './begun';
import {
  auditEndRequest,
  type EndRequest,
  endOperation,
  endPending,
  endSteps,
  lockOperation,
  type OperationKey,
} from './end';
import { lockDatabase } from './insert';
import { acceptRecovery } from './recover';
import { recordDone } from './requests';
import { settle } from './settle';

export function createAbort(prisma: PrismaClient) {
  return {
    /**
     * Ends an operation whose run is gone as `failed` (`aborted`), and accepts the recovery of what it left. Null when
     * there is none to accept: the operation was finished, has changed nothing, or is a delete, which a request
     * continues, or a purge or a recovery, which is repeated later (`listDueRecoveries`). Throws `precondition_failed`,
     * `request_in_progress`.
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
          const { kind, tenantId, databaseId, requestId: cause, traceId } = operation;
          const begun = await hasBegun(tx, operation.id);
          const ending = { outcome: 'failed', wayBack: begun ? 'failed' : 'done' } as const;
          await settle(tx, operation, restAfterAbort(operation, ending), { ...ending, error }, now);
          if (!begun || kind === 'recover' || kind === 'delete' || kind === 'purge') return null;
          const database = await lockDatabase(tx, tenantId, databaseId);
          return acceptRecovery(tx, database, { requestedBy: actor, requestId: cause, traceId });
        }),
      );
    },
  };
}

function restAfterAbort(
  { kind, formerState }: OperationRecord,
  ending: Pick<Ending, 'outcome' | 'wayBack'>,
): LifecycleState {
  const rest = restAfter({ ...ending, kind, formerState, power: null });
  return rest === 'gone' ? 'failed' : rest;
}
