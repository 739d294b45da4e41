import { type Candidate, fits, noRoom, type Room } from '../../domain/capacity/placement';
import { firstContract } from '../../domain/planning/contract';
import type { Size } from '../../domain/spec';
import { type Executor, Prisma } from '../connection/executor';
import { databases } from '../databases/selects';
import { isLive } from './liveness';
import { contractsOf } from './workers';

/** Takes room for a new database on a host; false when there is not enough, or the host is cordoned or silent. */
export async function takeNewRoom(tx: Executor, hostId: string, requested: Size): Promise<boolean> {
  return take(tx, hostId, requested, Prisma.sql`NOT cordoned AND ${isLive}`);
}

/** Takes more room on a database's host, cordoned or not. Throws `capacity_exhausted`. */
export async function takeRoom(tx: Executor, hostId: string, { nanoCpus, memoryBytes }: Size): Promise<void> {
  const requested = { nanoCpus, memoryBytes };
  if (await take(tx, hostId, requested, Prisma.sql`true`)) return;
  const rooms = await roomsOf(tx, Prisma.sql`id = ${hostId}`);
  throw noRoom(
    rooms.map((room) => ({ ...room, cordoned: false })),
    requested,
  );
}

/** Gives back room on a host. */
export async function giveBackRoom(tx: Executor, hostId: string, { nanoCpus, memoryBytes }: Size): Promise<void> {
  await tx.$executeRaw`
    UPDATE hosts SET nano_cpus_used = nano_cpus_used - ${nanoCpus}, memory_bytes_used = memory_bytes_used - ${memoryBytes}
    WHERE id = ${hostId}`;
}

/**
 * Refuses early what no host could take at placement. Without any live worker nothing is known, and nothing refused.
 * Throws `capacity_exhausted`.
 */
export async function requireSomeRoom(tx: Executor, requested: Size): Promise<void> {
  const hosts = await roomsOf(tx, isLive);
  if (hosts.length > 0 && !hosts.some((host) => fits(host, requested))) throw noRoom(hosts, requested);
}

/** The hosts with a live worker, and everything that decides between them. */
export async function candidates(tx: Executor): Promise<Candidate[]> {
  const rows = await tx.$queryRaw<(RoomRow & { instances: number })[]>`
    SELECT ${roomColumns}, (
      SELECT count(*)::int FROM instances JOIN ${databases} ON databases.id = database_id
      WHERE host_id = hosts.id) AS instances
    FROM hosts WHERE ${isLive}`;
  const contracts = await contractsOf(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...roomOf(row),
    instances: row.instances,
    contract: contracts.get(row.id) ?? firstContract,
  }));
}

async function roomsOf(tx: Executor, condition: Prisma.Sql): Promise<Room[]> {
  const rows = await tx.$queryRaw<RoomRow[]>`SELECT ${roomColumns} FROM hosts WHERE ${condition}`;
  return rows.map(roomOf);
}

/** Takes all or nothing in one statement, so that concurrent requests never exceed the capacity. */
async function take(
  tx: Executor,
  hostId: string,
  { nanoCpus, memoryBytes }: Size,
  condition: Prisma.Sql,
): Promise<boolean> {
  const taken = await tx.$executeRaw`
    UPDATE hosts SET
      nano_cpus_used = nano_cpus_used + ${nanoCpus}::bigint,
      memory_bytes_used = memory_bytes_used + ${memoryBytes}::bigint
    WHERE id = ${hostId} AND ${condition}
      AND (${nanoCpus}::bigint = 0 OR nano_cpus_capacity IS NULL
        OR nano_cpus_used + ${nanoCpus}::bigint <= nano_cpus_capacity)
      AND (${memoryBytes}::bigint = 0 OR memory_bytes_capacity IS NULL
        OR memory_bytes_used + ${memoryBytes}::bigint <= memory_bytes_capacity)`;
  return taken === 1;
}

interface RoomRow extends Size {
  readonly id: string;
  readonly cordoned: boolean;
  readonly nanoCpusCapacity: number | null;
  readonly memoryBytesCapacity: number | null;
}

/** As JavaScript numbers: all stay below 2^53. */
const roomColumns = Prisma.sql`
  id, cordoned, nano_cpus_used::float8 AS "nanoCpus", memory_bytes_used::float8 AS "memoryBytes",
  nano_cpus_capacity::float8 AS "nanoCpusCapacity", memory_bytes_capacity::float8 AS "memoryBytesCapacity"`;

function roomOf({ id, cordoned, nanoCpus, memoryBytes, nanoCpusCapacity, memoryBytesCapacity }: RoomRow): Room {
  const capacity = { nanoCpus: nanoCpusCapacity, memoryBytes: memoryBytesCapacity };
  return { id, cordoned, capacity, used: { nanoCpus, memoryBytes } };
}
