import type { Capacity } from '../../domain/capacity/placement';
import { DatabaseError } from '../../domain/errors';
import { patchedLabels } from '../../domain/operations/change';
import { type Author, auditChange } from '../access/audit';
import { storeTime } from '../connection/clock';
import { translated, violatedConstraint } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { type Expected, requireVersion } from '../connection/versions';
import { json } from '../databases/records';
import {
  type HostRecord,
  type HostSettings,
  type HostWithLoad,
  hostsWithLoad,
  hostVersion,
  hostWithLoad,
  lockHost,
  settingsOf,
  subjectOf,
  unknownHost,
  withLoad,
} from './host-records';

/** Absent fields stay; null removes a label or all labels, a limit or both. */
export interface HostPatch {
  readonly labels?: Readonly<Record<string, string | null>> | null | undefined;
  readonly capacity?: { readonly [Part in keyof Capacity]?: Capacity[Part] | undefined } | null | undefined;
  readonly cordoned?: boolean | undefined;
}

const unlimited: Capacity = { nanoCpus: null, memoryBytes: null };

export function createHosts(prisma: PrismaClient) {
  return {
    /**
     * Registers a worker's host, which is now seen. An administrator's settings stay, and so does the first engine's id.
     * Throws `engine_changed` if the worker has another engine, and `host_lost` if the host was declared lost.
     *
     * @param engineId null when the engine does not answer, which changes nothing about whose host it is
     */
    async register(host: HostRecord, engineId: string | null = null): Promise<void> {
      const { id, address, portFrom, portTo, addressPool, agentUrl } = host;
      const registered = await translated(
        'register the host',
        () => prisma.$executeRaw`
          INSERT INTO hosts (id, address, port_from, port_to, address_pool, agent_url, engine_id, last_seen_at)
          VALUES (${id}, ${address}, ${portFrom}, ${portTo}, ${addressPool}, ${agentUrl}, ${engineId}, now())
          ON CONFLICT (id) DO UPDATE SET
            address = excluded.address, port_from = excluded.port_from, port_to = excluded.port_to,
            address_pool = excluded.address_pool, agent_url = excluded.agent_url,
            engine_id = COALESCE(hosts.engine_id, excluded.engine_id), last_seen_at = excluded.last_seen_at
          WHERE COALESCE(hosts.engine_id = excluded.engine_id, true) AND hosts.lost_at IS NULL`,
      );
      if (registered === 1) return;
      const row = await prisma.host.findUnique({ where: { id }, select: { lostAt: true } });
      throw row?.lostAt ? lost(id) : engineChanged(id, engineId);
    },

    /**
     * Forgets which engine a host had, so that the next worker to register brings its own: for a host whose engine was
     * replaced. Throws `not_found`.
     */
    async replaceEngine(id: string, author: Author): Promise<void> {
      await translated('replace the engine of the host', () =>
        prisma.$transaction(async (tx) => {
          const row = await tx.host.findUnique({ where: { id }, select: { id: true, engineId: true } });
          if (row === null) throw unknownHost(id);
          await tx.host.update({ where: { id }, data: { engineId: null }, select: { id: true } });
          const change = { before: { engineId: row.engineId }, after: { engineId: null } };
          const subject = { tenantId: null, resource: { id, name: id } };
          await auditChange(tx, author, { ...subject, action: 'host.replaceEngine', ...change });
        }),
      );
    },

    /** Creates a host before its worker registers; only then is it used. Throws `name_in_use`. */
    async create(host: Omit<HostRecord, 'agentUrl'> & HostSettings, author: Author): Promise<HostWithLoad> {
      const { labels, capacity, cordoned, ...own } = host;
      const data = { ...own, ...columnsOf({ labels, capacity, cordoned }) };
      try {
        return await translated('add the host', () =>
          prisma.$transaction(async (tx) => {
            const created = hostWithLoad(await tx.host.create({ ...withLoad, data }), await storeTime(tx));
            await auditChange(tx, author, { ...subjectOf(created), action: 'host.create', after: settingsOf(created) });
            return created;
          }),
        );
      } catch (error) {
        if (violatedConstraint(error) === undefined) throw error;
        throw new DatabaseError('name_in_use', `host ${host.id} already exists`, {}, { cause: error });
      }
    },

    /**
     * A capacity below the current usage takes nothing away. Throws `not_found`, `precondition_failed`, and
     * `invalid_request` for too many labels.
     */
    async change(
      id: string,
      { labels, capacity = {}, cordoned }: HostPatch,
      ifMatch: Expected,
      author: Author,
    ): Promise<HostWithLoad> {
      return translated('change the host', () =>
        prisma.$transaction(async (tx) => {
          const host = await lockHost(tx, id, ifMatch);
          const { nanoCpus = host.capacity.nanoCpus, memoryBytes = host.capacity.memoryBytes } = capacity ?? unlimited;
          const data = columnsOf({
            labels: patchedLabels(host.labels, labels),
            capacity: { nanoCpus, memoryBytes },
            cordoned: cordoned ?? host.cordoned,
          });
          const changed = hostWithLoad(await tx.host.update({ ...withLoad, where: { id }, data }), await storeTime(tx));
          const change = { action: 'host.update', before: settingsOf(host), after: settingsOf(changed) };
          await auditChange(tx, author, { ...subjectOf(host), ...change });
          return changed;
        }),
      );
    },

    /**
     * Removes a host and its reconciler's report. Throws `not_found`, `precondition_failed`, and `host_in_use` while it
     * has instances or one is being placed there.
     */
    async remove(id: string, ifMatch: Expected, author: Author): Promise<HostWithLoad> {
      return translated('remove the host', () =>
        prisma.$transaction(async (tx) => {
          // From here on nothing is placed on it: a placement takes room in this row.
          await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${id} FOR UPDATE`;
          const row = await tx.host.findUnique({ ...withLoad, where: { id } });
          if (row === null) throw unknownHost(id);
          const removed = hostWithLoad(row, await storeTime(tx));
          requireVersion(ifMatch, hostVersion(removed));
          const here = { where: { hostId: id } };
          // Those of deleted databases count: their volumes are there.
          const instances = Math.max(...(await Promise.all([tx.instance.count(here), tx.holding.count(here)])));
          if (instances > 0) throw new DatabaseError('host_in_use', `host ${id} still has instances`, { instances });
          await tx.host.delete({ where: { id }, select: { id: true } });
          await auditChange(tx, author, { ...subjectOf(removed), action: 'host.delete', before: settingsOf(removed) });
          return removed;
        }),
      );
    },

    /** The URL of its worker's agent; null when none has registered. */
    async agentUrl(id: string): Promise<string | null> {
      const row = await translated('read the host', () =>
        prisma.host.findUnique({ where: { id }, select: { agentUrl: true } }),
      );
      return row?.agentUrl ?? null;
    },

    /** Every host with its load, by id. */
    async list(): Promise<HostWithLoad[]> {
      return translated('list the hosts', async () =>
        hostsWithLoad(prisma, await prisma.host.findMany({ ...withLoad, orderBy: { id: 'asc' } })),
      );
    },

    /** Null for an unknown id. */
    async find(id: string): Promise<HostWithLoad | null> {
      const [host] = await translated('read the host', async () =>
        hostsWithLoad(prisma, await prisma.host.findMany({ ...withLoad, where: { id } })),
      );
      return host ?? null;
    },

    /** The id of this installation, as in its objects' labels and names. */
    async installation(): Promise<string> {
      const { id } = await translated('read the installation id', () => prisma.installation.findFirstOrThrow());
      return id;
    },
  };
}

function columnsOf({ labels, capacity, cordoned }: HostSettings) {
  const { nanoCpus: nanoCpusCapacity, memoryBytes: memoryBytesCapacity } = capacity;
  return { labels: json(labels), cordoned, nanoCpusCapacity, memoryBytesCapacity };
}

function lost(id: string): DatabaseError {
  const message = `host ${id} was declared lost; its worker waits for POST /v1/hosts/${id}/return`;
  return new DatabaseError('host_lost', message, { hostId: id });
}

function engineChanged(id: string, engineId: string | null): DatabaseError {
  const message =
    `host ${id} has had another container engine than ${engineId}: its databases are on that one. ` +
    `Give this worker a SLIPWAY_HOST_ID of its own or, if the engine was replaced, run: hosts replace-engine ${id}`;
  return new DatabaseError('engine_changed', message, { hostId: id, engineId });
}
