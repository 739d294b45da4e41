import { heldAfter, heldDuring } from '../../domain/capacity/holdings';
import { amountsBetween } from '../../domain/capacity/quotas';
import type { Ending } from '../../domain/operations/outcome';
import type { Size, Spec } from '../../domain/spec';
import type { Executor } from '../connection/executor';
import { giveBackQuota, takeQuota } from './quotas';
import { giveBackRoom, requireSomeRoom, takeRoom } from './rooms';

// Holdings: what databases take of quotas and hosts. Locks are taken in one order: holding, quota, host.

/** What a database holds of its quota and, once it is placed, of a host. */
export interface Holding {
  readonly hostId: string | null;
  readonly size: Size;
}

/** Locks a database's holding for this transaction; null if it has none. */
export async function lockHolding(tx: Executor, databaseId: string): Promise<Holding | null> {
  const [row] = await tx.$queryRaw<(Size & { hostId: string | null })[]>`
    SELECT host_id AS "hostId", nano_cpus::float8 AS "nanoCpus", memory_bytes::float8 AS "memoryBytes"
    FROM holdings WHERE database_id = ${databaseId} FOR UPDATE`;
  if (row === undefined) return null;
  const { hostId, ...size } = row;
  return { hostId, size };
}

/**
 * Takes what a change may need beyond the database's holding, before anything is changed. A database without a holding
 * takes room on a host later, when it is placed. Throws `quota_exceeded`, `capacity_exhausted`.
 */
export async function reserve(
  tx: Executor,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  held: Holding | null,
  requested: Size,
): Promise<void> {
  const size = heldDuring(held?.size ?? null, requested);
  const more = amountsBetween(held?.size ?? null, size);
  if (Object.values(more).every((amount) => amount === 0)) return;
  if (held === null) await requireSomeRoom(tx, size);
  await takeQuota(tx, tenantId, more);
  const hostId = held?.hostId ?? null;
  if (hostId !== null) await takeRoom(tx, hostId, more);
  await tx.holding.upsert({
    where: { databaseId: id },
    create: { databaseId: id, tenantId, ...size },
    update: size,
    select: { databaseId: true },
  });
}

/**
 * Takes what a deleted database held, with room on the host that has its data. Throws `quota_exceeded`,
 * `capacity_exhausted`.
 */
export async function reserveAgain(
  tx: Executor,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  hostId: string,
  size: Size,
): Promise<void> {
  await takeQuota(tx, tenantId, amountsBetween(null, size));
  await takeRoom(tx, hostId, size);
  await tx.holding.create({ data: { databaseId: id, tenantId, hostId, ...size }, select: { databaseId: true } });
}

/** Gives back what a database no longer needs after an operation that kept its record. */
export async function giveBack(
  tx: Executor,
  databaseId: string,
  ending: Pick<Ending, 'kind' | 'outcome' | 'wayBack'>,
): Promise<void> {
  const [row] = await tx.$queryRaw<{ spec: Spec; hasData: boolean }[]>`
    SELECT spec, EXISTS (
      SELECT 1 FROM instances WHERE database_id = databases.id AND initialized_at IS NOT NULL) AS "hasData"
    FROM databases WHERE id = ${databaseId}`;
  const held = await lockHolding(tx, databaseId);
  if (row === undefined || held === null) return;
  await keepOf(tx, databaseId, held, heldAfter({ ...ending, ...row, held: held.size }));
}

/** Gives back everything that a database holds, before its record is removed. */
export async function giveBackAll(tx: Executor, databaseId: string): Promise<void> {
  const held = await lockHolding(tx, databaseId);
  if (held !== null) await keepOf(tx, databaseId, held, null);
}

async function keepOf(tx: Executor, databaseId: string, held: Holding, kept: Size | null): Promise<void> {
  const less = amountsBetween(kept, held.size);
  if (Object.values(less).every((amount) => amount === 0)) return;
  const where = { databaseId };
  const select = { tenantId: true } as const;
  const { tenantId } = await (kept === null
    ? tx.holding.delete({ where, select })
    : tx.holding.update({ where, data: kept, select }));
  await giveBackQuota(tx, tenantId, less);
  if (held.hostId !== null) await giveBackRoom(tx, held.hostId, less);
}
