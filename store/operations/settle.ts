import type { Problem } from '../../domain/errors';
import { changedAttributes, changedSpec, isRequested, type RequestedKind } from '../../domain/operations/operations';
import type { Ending } from '../../domain/operations/outcome';
import type { Attributes, Spec } from '../../domain/spec';
import { inProgressStates, type LifecycleState } from '../../domain/states';
import { giveBack, giveBackAll } from '../capacity/holdings';
import { type Executor, Prisma } from '../connection/executor';
import { json, type OperationRecord } from '../databases/records';
import { ownerSecret } from '../databases/secrets';
import { settleDeleted } from './deleted';
import { settleOwed } from './owed';

/** The end of an operation, as it affects its database. */
export interface Settlement extends Pick<Ending, 'outcome' | 'wayBack'> {
  /** Null when it succeeded. */
  readonly error: Problem | null;
}

/** Database, holding, instances, statuses and secrets go together; operations, events and audit entries stay. */
export async function removeRecords(tx: Executor, { databaseId, generation }: OperationRecord): Promise<void> {
  await giveBackAll(tx, databaseId);
  await tx.database.deleteMany({ where: { id: databaseId, generation } });
  // A server's log may hold its users' data, which goes with the database.
  const removing = { in: ['delete', 'undelete', 'purge'] };
  const where = { operation: { databaseId, kind: removing }, logTail: { not: null } };
  await tx.step.updateMany({ where, data: { logTail: null } });
}

/**
 * Brings a database and its instances to a rest state, with the operation's changes to the record. An instance in
 * another state of rest than the database had is not the operation's: it keeps its state and its error.
 */
export async function settle(
  tx: Executor,
  operation: OperationRecord,
  state: LifecycleState,
  { outcome, wayBack, error }: Settlement,
  now: Date,
): Promise<void> {
  if (state === 'deleted') return settleDeleted(tx, operation, error, now);
  const { databaseId, generation, kind, formerState } = operation;
  const ready = outcome === 'succeeded' && state === 'available';
  const owedChanged = await settleOwed(tx, operation, { outcome, wayBack, rest: state, error }, now);
  // A database that stays failed without a new error keeps its own.
  const shown = state !== 'failed' ? { error: Prisma.DbNull } : error === null ? {} : { error: json(error) };
  await tx.database.updateMany({
    where: { id: databaseId, generation },
    data: {
      state,
      ...shown,
      ...(state === 'failed' ? {} : { previousSpec: Prisma.DbNull }),
      ...(outcome === 'succeeded' && isRequested(kind) ? await changedRecord(tx, operation) : {}),
      ...(owedChanged ? { wayBackPending: false } : {}),
      updatedAt: now,
    },
  });
  if (outcome === 'succeeded') await removeUnwantedInstances(tx, databaseId);
  if (kind === 'create' && outcome !== 'succeeded') await adoptMarked(tx, operation, now);
  // An operation that ended before it marked the instances left them in the database's former state.
  const own = { databaseId, state: { in: [...inProgressStates, ...(formerState === null ? [] : [formerState])] } };
  if (ready) await tx.instance.updateMany({ where: { ...own, initializedAt: null }, data: { initializedAt: now } });
  await tx.instance.updateMany({ where: own, data: { state, ...shown, updatedAt: now } });
  await removeUnwantedSidecars(tx, databaseId);
  const isRecovered = kind === 'recover' && outcome === 'succeeded';
  if (isRecovered || (kind === 'rotate-credentials' && wayBack !== 'failed'))
    await removeOtherPasswords(tx, databaseId);
  await giveBack(tx, databaseId, { kind, outcome, wayBack });
}

/** The changes of a successful operation to its database's record. */
async function changedRecord(
  tx: Executor,
  { databaseId, kind, input }: OperationRecord,
): Promise<Prisma.DatabaseUpdateManyMutationInput> {
  const { spec, labels, ...others } = await tx.database.findUniqueOrThrow({
    where: { id: databaseId },
    select: { spec: true, labels: true, description: true, deletionProtection: true },
  });
  const before = { ...others, labels: labels as Attributes['labels'] };
  const attributes = changedAttributes(kind as RequestedKind, before, input);
  return {
    ...attributes,
    labels: json(attributes.labels),
    spec: json(changedSpec(kind as RequestedKind, spec as unknown as Spec, input)),
  };
}

/** Records that the instances of a create have data, if it has marked their volumes as used. */
export async function adoptMarked(tx: Executor, { id, databaseId }: OperationRecord, now: Date): Promise<void> {
  const marked = { operationId: id, name: 'markUsed', state: 'succeeded' };
  if ((await tx.step.count({ where: marked })) === 0) return;
  await tx.instance.updateMany({ where: { databaseId, initializedAt: null }, data: { initializedAt: now } });
}

/** Removes the records of instances that a plan has taken away, with their sidecars, and frees their ports. */
async function removeUnwantedInstances(tx: Executor, databaseId: string): Promise<void> {
  await tx.instance.deleteMany({ where: { databaseId, state: 'deleting' } });
}

/** Frees the ports of disabled sidecars. */
async function removeUnwantedSidecars(tx: Executor, databaseId: string): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM sidecars USING databases
    WHERE databases.id = ${databaseId} AND sidecars.database_id = databases.id
      AND spec -> role ->> 'enabled' = 'false'`;
}

/** Deletes the owner's passwords but the current one. */
async function removeOtherPasswords(tx: Executor, databaseId: string): Promise<void> {
  const { spec } = await tx.database.findUniqueOrThrow({ where: { id: databaseId }, select: { spec: true } });
  const kept = ownerSecret((spec as unknown as Spec).credentials);
  await tx.secret.deleteMany({ where: { databaseId, name: { startsWith: 'owner', not: kept } } });
}
