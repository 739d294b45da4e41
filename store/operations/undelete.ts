import { type Keeping, keepSecondsOf } from '../../domain/operations/deletion';
import { kinds, type OperationKind } from '../../domain/operations/kinds';
import { reserveAgain } from '../capacity/holdings';
import type { Executor } from '../connection/executor';
import { type DatabaseRecord, hasData } from '../databases/records';
import { requireFreeName } from './conflicts';

/** Whether an operation of this kind finds deleted databases. */
export function isOfDeleted(kind: OperationKind): boolean {
  return (kinds[kind].from as readonly string[]).includes('deleted');
}

/**
 * The input of an operation as it is recorded. A delete keeps only what has data. An undelete that fails leads back to a
 * deleted database, which then keeps its data for as long as at first.
 */
export function deletionInputOf(
  database: DatabaseRecord,
  { kind, input }: { readonly kind: OperationKind; readonly input: unknown },
): unknown {
  if (kind === 'delete') return hasData(database) && keepSecondsOf({ kind, input }) > 0 ? input : {};
  if (kind === 'undelete') return { ...(input as object), keepSeconds: keptSecondsOf(database) } satisfies Keeping;
  return input;
}

function keptSecondsOf({ deletedAt, purgeAt }: DatabaseRecord): number {
  const keptMs = (purgeAt?.getTime() ?? 0) - (deletedAt?.getTime() ?? 0);
  return Math.max(1, Math.round(keptMs / 1000));
}

/**
 * What a deleted database's record becomes once its undelete is accepted: shown again, with its name or a new one.
 * Throws `name_in_use`.
 */
export async function undeletedRecord(tx: Executor, database: DatabaseRecord, input: unknown) {
  const { name = database.name } = input as { readonly name?: string };
  await requireFreeName(tx, database.tenantId, name);
  return { name, state: kinds.undelete.during, deletedAt: null, purgeAt: null } as const;
}

/** Takes quota and room for a deleted database again. Throws `quota_exceeded`, `capacity_exhausted`. */
export async function reserveUndeleted(tx: Executor, database: DatabaseRecord): Promise<void> {
  const [instance] = database.instances;
  if (instance === undefined) throw new TypeError(`database ${database.id} has data, but no instance`);
  await reserveAgain(tx, database, instance.hostId, database.spec.size);
}
