import { DatabaseError, type Problem } from '../../domain/errors';
import { abortedKindOf, type RecoverInput } from '../../domain/operations/inputs';
import { restAfter } from '../../domain/operations/outcome';
import type { Power, Spec } from '../../domain/spec';
import { isFinished } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { type OperationRecord, operationRecord } from '../databases/records';
import { endOperation, lockOperation } from './end';
import { removeRecords, type Settlement, settle } from './settle';

export interface Finish extends Settlement {
  readonly operationId: string;
}

/** The end of an operation that its run reports. */
export function createFinish(prisma: PrismaClient) {
  return {
    /**
     * Ends an operation in one transaction: rest states, removed records, event and audit. A finished operation stays
     * as it is, so this may be repeated. Throws `cancelled` for a success after an accepted cancel: the operation must
     * go back first.
     */
    async finish({ operationId, outcome, wayBack, error }: Finish): Promise<void> {
      await translated('finish the operation', () =>
        prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, { id: operationId });
          if (operation === null || isFinished(operation.state)) return;
          if (outcome === 'succeeded' && operation.state === 'cancelling') {
            throw new DatabaseError('cancelled', `operation ${operationId} was cancelled before it finished`);
          }
          const now = await storeTime(tx);
          const { kind, formerState } = operation;
          const power = await powerWithData(tx, operation.databaseId);
          const rest = restAfter({ kind, outcome, wayBack, formerState, abortedKind: abortedKindOf(operation), power });
          await endOperation(tx, operation, outcome, error, now);
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
  };
}

/** The recorded power of a database with data; null while it has none. */
async function powerWithData(tx: Executor, databaseId: string): Promise<Power | null> {
  const where = { id: databaseId, instances: { some: { initializedAt: { not: null } } } };
  const row = await tx.database.findFirst({ where, select: { spec: true } });
  return row === null ? null : (row.spec as unknown as Spec).power;
}

/** A recovery that succeeds leaves a failed database: the reason is that of the operation which it cleared up. */
async function abortedError(tx: Executor, { kind, input }: OperationRecord): Promise<Problem | null> {
  if (kind !== 'recover') return null;
  const aborted = await tx.operation.findUnique({ where: { id: (input as RecoverInput).operationId } });
  return aborted === null ? null : operationRecord(aborted).error;
}
