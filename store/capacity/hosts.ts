import type { Candidate, Capacity } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import { patchedLabels } from '../../domain/operations/change';
import { type Author, auditChange } from '../access/audit';
import { Prisma, type PrismaClient } from '../connection/client';
import { translated, violatedConstraint } from '../connection/errors';
import { type Expected, hostVersion, requireVersion } from '../connection/versions';
import { json } from '../databases/records';

/** What a worker says of its host. */
export interface HostRecord {
  readonly id: string;
  /** Where its published ports are reached. */
  readonly address: string;
  readonly portFrom: number;
  readonly portTo: number;
  /** The CIDR block that its databases' networks are taken from. */
  readonly addressPool: string;
  /** Where its worker answers the API's reads. */
  readonly agentUrl: string;
}

/** What an administrator says of a host: a worker that registers leaves it as it is. */
export interface HostSettings {
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Capacity;
  /** Whether it gets nothing new. */
  readonly cordoned: boolean;
}

/** What is absent stays, what is null is removed: a label or all of them, a limit or both. */
export interface HostPatch {
  readonly labels?: Readonly<Record<string, string | null>> | null | undefined;
  readonly capacity?: { readonly [Part in keyof Capacity]?: Capacity[Part] | undefined } | null | undefined;
  readonly cordoned?: boolean | undefined;
}

/** A host that no worker has registered yet has no agent. */
export interface HostWithLoad extends Omit<HostRecord, 'agentUrl'>, HostSettings, Candidate {
  readonly agentUrl: string | null;
}

const unlimited: Capacity = { nanoCpus: null, memoryBytes: null };

const withLoad = {
  include: { _count: { select: { instances: true } } },
  omit: { createdAt: true },
} satisfies Prisma.HostDefaultArgs;

function hostWithLoad({
  _count,
  labels,
  nanoCpusCapacity,
  nanoCpusUsed,
  memoryBytesCapacity,
  memoryBytesUsed,
  ...host
}: Prisma.HostGetPayload<typeof withLoad>): HostWithLoad {
  return {
    ...host,
    labels: labels as Record<string, string>,
    capacity: { nanoCpus: numberOf(nanoCpusCapacity), memoryBytes: numberOf(memoryBytesCapacity) },
    used: { nanoCpus: Number(nanoCpusUsed), memoryBytes: Number(memoryBytesUsed) },
    instances: _count.instances,
  };
}

function columnsOf({ labels, capacity, cordoned }: HostSettings) {
  const { nanoCpus: nanoCpusCapacity, memoryBytes: memoryBytesCapacity } = capacity;
  return { labels: json(labels), cordoned, nanoCpusCapacity, memoryBytesCapacity };
}

export function createHosts(prisma: PrismaClient) {
  return {
    /** A worker says which host it serves, and with what. What an administrator has set stays. */
    async register(host: HostRecord): Promise<void> {
      const { id, ...settings } = host;
      await translated('register the host', () =>
        prisma.host.upsert({ where: { id }, create: host, update: settings, select: { id: true } }),
      );
    },

    /** Makes a host that is to be: it gets databases once its worker has registered. Throws `name_in_use`. */
    async create(host: Omit<HostRecord, 'agentUrl'> & HostSettings, author: Author): Promise<HostWithLoad> {
      const { labels, capacity, cordoned, ...own } = host;
      const data = { ...own, ...columnsOf({ labels, capacity, cordoned }) };
      try {
        return await translated('add the host', () =>
          prisma.$transaction(async (tx) => {
            const made = hostWithLoad(await tx.host.create({ ...withLoad, data }));
            await auditChange(tx, author, { ...subjectOf(made), action: 'host.create', after: settingsOf(made) });
            return made;
          }),
        );
      } catch (error) {
        if (violatedConstraint(error) === undefined) throw error;
        throw new DatabaseError('name_in_use', `host ${host.id} already exists`, {}, { cause: error });
      }
    },

    /** Capacity below what is used takes nothing away. Throws `not_found`, `precondition_failed`, `invalid_request` for too many labels. */
    async change(
      id: string,
      { labels, capacity = {}, cordoned }: HostPatch,
      ifMatch: Expected,
      author: Author,
    ): Promise<HostWithLoad> {
      return translated('change the host', () =>
        prisma.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${id} FOR NO KEY UPDATE`;
          const row = await tx.host.findUnique({ ...withLoad, where: { id } });
          if (row === null) throw unknown(id);
          const host = hostWithLoad(row);
          requireVersion(ifMatch, hostVersion(host));
          const { nanoCpus = host.capacity.nanoCpus, memoryBytes = host.capacity.memoryBytes } = capacity ?? unlimited;
          const data = columnsOf({
            labels: patchedLabels(host.labels, labels),
            capacity: { nanoCpus, memoryBytes },
            cordoned: cordoned ?? host.cordoned,
          });
          const changed = hostWithLoad(await tx.host.update({ ...withLoad, where: { id }, data }));
          const change = { action: 'host.update', before: settingsOf(host), after: settingsOf(changed) };
          await auditChange(tx, author, { ...subjectOf(host), ...change });
          return changed;
        }),
      );
    },

    /**
     * Forgets a host, and what its reconciler has reported. Throws `not_found`, `precondition_failed`, and `host_in_use` while it has instances,
     * or one that is on its way there.
     */
    async remove(id: string, ifMatch: Expected, author: Author): Promise<HostWithLoad> {
      return translated('remove the host', () =>
        prisma.$transaction(async (tx) => {
          // Nothing is placed on it from here on: that takes room there.
          await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${id} FOR UPDATE`;
          const row = await tx.host.findUnique({ ...withLoad, where: { id } });
          if (row === null) throw unknown(id);
          requireVersion(ifMatch, hostVersion(hostWithLoad(row)));
          const instances = Math.max(row._count.instances, await tx.holding.count({ where: { hostId: id } }));
          if (instances > 0) throw new DatabaseError('host_in_use', `host ${id} still has instances`, { instances });
          await tx.host.delete({ where: { id }, select: { id: true } });
          const removed = hostWithLoad(row);
          await auditChange(tx, author, { ...subjectOf(removed), action: 'host.delete', before: settingsOf(removed) });
          return removed;
        }),
      );
    },

    /** Where its worker answers; null when none has registered. */
    async agentUrl(id: string): Promise<string | null> {
      const row = await translated('read the host', () =>
        prisma.host.findUnique({ where: { id }, select: { agentUrl: true } }),
      );
      return row?.agentUrl ?? null;
    },

    /** Every host with how many instances it has, by id. */
    async list(): Promise<HostWithLoad[]> {
      const rows = await translated('list the hosts', () =>
        prisma.host.findMany({ ...withLoad, orderBy: { id: 'asc' } }),
      );
      return rows.map(hostWithLoad);
    },

    /** One of them; null when there is none. */
    async find(id: string): Promise<HostWithLoad | null> {
      const row = await translated('read the host', () => prisma.host.findUnique({ ...withLoad, where: { id } }));
      return row === null ? null : hostWithLoad(row);
    },

    /** Which installation this store is, by the id that stands in the labels and names of its objects. */
    async installation(): Promise<string> {
      const { id } = await translated('read the installation id', () => prisma.installation.findFirstOrThrow());
      return id;
    },
  };
}

/** A host as the audit names it. */
function subjectOf({ id }: HostWithLoad) {
  return { tenantId: null, resource: { id, name: id } };
}

/** What an administrator has said of it. */
function settingsOf({ labels, capacity, cordoned }: HostWithLoad): HostSettings {
  return { labels, capacity, cordoned };
}

function unknown(id: string): DatabaseError {
  return new DatabaseError('not_found', `host ${id} not found`);
}

/** Capacities stay below 2^53. */
function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
