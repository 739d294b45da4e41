import { silentAfterSeconds } from '../../domain/capacity/hosts';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';

/** A worker process. */
export interface WorkerRecord {
  readonly id: string;
  readonly hostId: string;
  /** A digest of its workflows. */
  readonly build: string;
  /** The number of migrations that its code knows. */
  readonly release: number;
  /** Which steps it can carry out. */
  readonly contract: number;
}

/** A worker process, with times of the store's clock. */
export interface SeenWorker extends Omit<WorkerRecord, 'hostId'> {
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
}

/** A worker is live for as long after it was last seen as its host is not silent. */
const isLive = Prisma.sql`last_seen_at > now() - make_interval(secs => ${silentAfterSeconds})`;

/** The worker processes of a host, as hosts are read with them. */
export const shownWorkers = {
  omit: { hostId: true },
  orderBy: [{ startedAt: 'desc' }, { id: 'asc' }],
} satisfies Prisma.Host$workersArgs;

export function createWorkers(prisma: PrismaClient) {
  return {
    /** Records that a worker is live, and removes those that were last seen more than an hour ago. */
    async seen({ id, hostId, build, release, contract }: WorkerRecord): Promise<void> {
      await translated(
        'register the worker',
        () => prisma.$executeRaw`
          WITH removed AS (DELETE FROM workers WHERE last_seen_at < now() - interval '1 hour' AND id <> ${id})
          INSERT INTO workers (id, host_id, build, release, contract, started_at, last_seen_at)
          VALUES (${id}, ${hostId}, ${build}, ${release}, ${contract}, now(), now())
          ON CONFLICT (id) DO UPDATE SET last_seen_at = now()`,
      );
    },

    /** Removes a worker that has stopped. May be repeated. */
    async remove(id: string): Promise<void> {
      await translated('remove the worker', () => prisma.worker.deleteMany({ where: { id } }));
    },

    /**
     * The builds of live workers, the newest first: by the migrations they know, then by the start of the first worker
     * that has the build, so that restarting a worker of the old build during a roll-out does not make it the newest.
     */
    async liveBuilds(): Promise<string[]> {
      const rows = await translated(
        'list the builds of live workers',
        () => prisma.$queryRaw<{ build: string }[]>`
          SELECT build FROM workers WHERE ${isLive}
          GROUP BY build ORDER BY max(release) DESC, min(started_at) DESC, build`,
      );
      return rows.map(({ build }) => build);
    },

    /** The contracts of these hosts, by id. A host without a live worker is missing. */
    async contracts(hostIds: readonly string[]): Promise<Map<string, number>> {
      return translated('read the contracts of hosts', () => contractsOf(prisma, hostIds));
    },
  };
}

/** The lowest contract of each host's live workers, any of which may take a step. */
export async function contractsOf(tx: Executor, hostIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ hostId: string; contract: number }[]>`
    SELECT host_id AS "hostId", min(contract) AS contract FROM workers
    WHERE host_id = ANY(${[...hostIds]}) AND ${isLive} GROUP BY host_id`;
  return new Map(rows.map(({ hostId, contract }) => [hostId, contract]));
}
