import { DatabaseError } from '../../domain/errors';
import { keepSecondsOf } from '../../domain/operations/deletion';
import { isRequested } from '../../domain/operations/operations';
import { type Ending, restAfter } from '../../domain/operations/outcome';
import type { Power, Spec } from '../../domain/spec';
import { isFinished, type Outcome } from '../../domain/states';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import type { OperationRecord } from '../databases/records';
import { hasBegun } from './begun';
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
    async finish({ operationId, outcome, wayBack: reported, error }: Finish): Promise<void> {
      await translated('finish the operation', () =>
        prisma.$transaction(async (tx) => {
          const operation = await lockOperation(tx, { id: operationId });
          if (operation === null || isFinished(operation.state)) return;
          if (outcome === 'succeeded' && operation.state === 'cancelling') {
            throw new DatabaseError('cancelled', `operation ${operationId} was cancelled before it finished`);
          }
          const now = await storeTime(tx);
          const { kind, formerState } = operation;
          const wayBack = await wayBackOf(tx, operation, reported, outcome);
          const power = await powerWithData(tx, operation.databaseId);
          const keepsData = keepSecondsOf(operation) > 0;
          const rest = restAfter({ kind, outcome, wayBack, formerState, power, keepsData });
          await endOperation(tx, operation, outcome, error, now);
          if (rest === 'gone') await removeRecords(tx, operation);
          else await settle(tx, operation, rest, { outcome, wayBack, error }, now);
        }),
      );
    },
  };
}

/** How far an operation went back: a request that has begun no step, as its host did not answer, has nothing to undo. */
async function wayBackOf(
  tx: Executor,
  { id, kind }: OperationRecord,
  reported: Ending['wayBack'],
  outcome: Outcome,
): Promise<Ending['wayBack']> {
  const mayBeUntouched = outcome !== 'succeeded' && isRequested(kind) && kind !== 'recover';
  return mayBeUntouched && !(await hasBegun(tx, id)) ? 'done' : reported;
}

/** The recorded power of a database with data; null while it has none. */
async function powerWithData(tx: Executor, databaseId: string): Promise<Power | null> {
  const where = { id: databaseId, instances: { some: { initializedAt: { not: null } } } };
  const row = await tx.database.findFirst({ where, select: { spec: true } });
  return row === null ? null : (row.spec as unknown as Spec).power;
}
