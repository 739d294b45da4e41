import type { Problem } from '../../domain/errors';
import type { RecoverInput } from '../../domain/operations/inputs';
import { type Ended, nextTryAfter, type OwedTries, owedAfter } from '../../domain/operations/owed';
import type { Executor } from '../connection/executor';
import { type DatabaseRecord, json, type OperationRecord } from '../databases/records';
import { enqueue } from '../notifications/notices';

/** The end of an operation that kept its database's record. */
export interface OwedEnding extends Pick<Ended, 'outcome' | 'wayBack' | 'rest'> {
  /** Null when it succeeded. */
  readonly error: Problem | null;
}

/** The notice about the last automatic recovery after a failed repair. The failed repair has raised its own. */
const givenUp = { type: 'database.repair_given_up' } as const;

/** Writes what a database is owed after an operation. Returns whether that has changed. */
export async function settleOwed(
  tx: Executor,
  { id: operationId, databaseId, databaseName, tenantId, kind, formerState }: OperationRecord,
  { outcome, wayBack, rest, error }: OwedEnding,
  now: Date,
): Promise<boolean> {
  const before = (await tx.owed.findUnique({
    where: { databaseId },
    select: { cause: true, tries: true },
  })) as OwedTries | null;
  const code = error?.code ?? null;
  const after = owedAfter({ kind, outcome, wayBack, formerState, rest, error: code, owed: before });
  if (after === 'untouched') return false;
  if (after === 'settled' || error === null) {
    await tx.owed.deleteMany({ where: { databaseId } });
    return true;
  }
  const pauseSeconds = nextTryAfter(after);
  const nextTryAt = pauseSeconds === null ? null : new Date(now.getTime() + pauseSeconds * 1000);
  const tried = { ...after, error: json(error), nextTryAt };
  const begun = { ...tried, operationId, since: now };
  await tx.owed.upsert({
    where: { databaseId },
    create: { databaseId, tenantId, ...begun },
    update: kind === 'recover' ? tried : begun,
    select: { databaseId: true },
  });
  if (kind === 'recover' && after.cause === 'repair' && nextTryAt === null)
    await enqueue(tx, { ...givenUp, tenantId, databaseId, operationId, data: { kind, databaseName, error } }, now);
  return true;
}

/** The input of a recovery: the operation that left the database `failed`, which it retries. */
export async function recoverInputOf(
  tx: Executor,
  { owed }: DatabaseRecord,
): Promise<{ readonly input: RecoverInput | object; readonly retryOf: string | null }> {
  if (owed === null) return { input: {}, retryOf: null };
  const { operationId } = owed;
  const { kind } = await tx.operation.findUniqueOrThrow({ where: { id: operationId }, select: { kind: true } });
  return { input: { operationId, kind }, retryOf: operationId };
}

/** After a request, automatic recoveries start again with the shortest pause. */
export async function countTriesAnew(tx: Executor, databaseId: string): Promise<void> {
  await tx.owed.updateMany({ where: { databaseId }, data: { tries: 0 } });
}
