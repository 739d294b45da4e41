import { type HostState, hostStateOf } from '../../domain/capacity/hosts';
import type { Candidate, Capacity } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import { storeTime } from '../connection/clock';
import type { Executor, Prisma } from '../connection/executor';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { type SeenWorker, shownWorkers } from './workers';

/** A worker's own settings of its host. */
export interface HostRecord {
  readonly id: string;
  /** The address of its published ports. */
  readonly address: string;
  readonly portFrom: number;
  readonly portTo: number;
  /** The CIDR block for its databases' networks. */
  readonly addressPool: string;
  /** The URL at which its worker answers the API's reads. */
  readonly agentUrl: string;
}

/** An administrator's settings of a host, which a worker's registration keeps. */
export interface HostSettings {
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Capacity;
  /** Whether no new database is placed on it. */
  readonly cordoned: boolean;
}

/** A host without a registered worker has no agent. */
export interface HostWithLoad extends Omit<HostRecord, 'agentUrl'>, HostSettings, Omit<Candidate, 'contract'> {
  readonly agentUrl: string | null;
  /** The id of its container engine, as of the first registration; null before. */
  readonly engineId: string | null;
  /** By the store's clock; null until a worker registers. */
  readonly lastSeenAt: Date | null;
  /** When it was declared lost for good; null for every other host. */
  readonly lostAt: Date | null;
  readonly state: HostState;
  /** Its worker processes, of the last hour, the newest first. */
  readonly workers: readonly SeenWorker[];
}

/** The version of a host's settings, its worker's and an administrator's, and of its loss; usage does not count. */
export function hostVersion(host: HostWithLoad): string {
  const { id, address, portFrom, portTo, addressPool, labels, capacity, cordoned, lostAt } = host;
  const facts = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return versionOf([id, address, portFrom, portTo, addressPool, facts, capacity, cordoned, lostAt]);
}

/** A host with everything that `hostWithLoad` needs. */
export const withLoad = {
  include: { _count: { select: { instances: { where: { database: { deletedAt: null } } } } }, workers: shownWorkers },
  omit: { createdAt: true, silentSince: true, returnedAt: true },
} satisfies Prisma.HostDefaultArgs;

type HostRow = Prisma.HostGetPayload<typeof withLoad>;

/** Rows as they are now, by the store's clock. */
export async function hostsWithLoad(executor: Executor, rows: readonly HostRow[]): Promise<HostWithLoad[]> {
  if (rows.length === 0) return [];
  const now = await storeTime(executor);
  return rows.map((row) => hostWithLoad(row, now));
}

export function hostWithLoad(
  { _count, labels, nanoCpusCapacity, nanoCpusUsed, memoryBytesCapacity, memoryBytesUsed, ...host }: HostRow,
  now: Date,
): HostWithLoad {
  const { cordoned, lastSeenAt, lostAt } = host;
  const unseenSeconds = lastSeenAt === null ? null : (now.getTime() - lastSeenAt.getTime()) / 1000;
  return {
    ...host,
    state: hostStateOf({ isLost: lostAt !== null, cordoned, unseenSeconds }),
    labels: labels as Record<string, string>,
    capacity: { nanoCpus: numberOf(nanoCpusCapacity), memoryBytes: numberOf(memoryBytesCapacity) },
    used: { nanoCpus: Number(nanoCpusUsed), memoryBytes: Number(memoryBytesUsed) },
    instances: _count.instances,
  };
}

/**
 * Locks a host for this transaction: its worker cannot register meanwhile. Throws `not_found`, `precondition_failed`.
 */
export async function lockHost(tx: Executor, id: string, ifMatch: Expected): Promise<HostWithLoad> {
  await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${id} FOR NO KEY UPDATE`;
  const row = await tx.host.findUnique({ ...withLoad, where: { id } });
  if (row === null) throw unknownHost(id);
  const host = hostWithLoad(row, await storeTime(tx));
  requireVersion(ifMatch, hostVersion(host));
  return host;
}

/** The audit's subject. */
export function subjectOf({ id }: HostWithLoad) {
  return { tenantId: null, resource: { id, name: id } };
}

/** The administrator's settings, for the audit. */
export function settingsOf({ labels, capacity, cordoned }: HostWithLoad): HostSettings {
  return { labels, capacity, cordoned };
}

export function unknownHost(id: string): DatabaseError {
  return new DatabaseError('not_found', `host ${id} not found`);
}

/** Capacities stay below 2^53. */
function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
