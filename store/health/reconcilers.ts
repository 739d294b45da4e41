import { DatabaseError } from '../../domain/errors';
import { type Author, auditChange } from '../access/audit';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { json } from '../databases/records';
import { enqueueAboutHost } from '../notifications/notices';

/** Drift is repaired; only reported, by configuration; or left alone because too much has drifted at once. */
export const reconcilerStates = ['repairing', 'reporting', 'stopped'] as const;
export type ReconcilerState = (typeof reconcilerStates)[number];

/** A host reconciler's report after a pass over all its databases. */
export interface ReconcilerReport {
  readonly state: ReconcilerState;
  /** Why nothing is repaired; null when repairs are made. */
  readonly reason: string | null;
  /** How many databases at rest or under repair the host has, and how many of these have drifted. */
  readonly databases: number;
  readonly drifted: number;
  readonly intervalSeconds: number;
}

export interface ReconcilerRecord extends ReconcilerReport {
  readonly hostId: string;
  /** When the state began. */
  readonly since: Date;
  readonly passedAt: Date;
  /** The time since then, by the store's clock. */
  readonly ageSeconds: number;
}

/** How long a resumed reconciler repairs, however much has drifted. */
const resumedMinutes = 15;

/** The columns of `ReconcilerRecord`. */
const columns = Prisma.sql`
  host_id AS "hostId", state, reason, since, databases, drifted, interval_seconds AS "intervalSeconds",
  passed_at AS "passedAt", extract(epoch FROM now() - passed_at)::float8 AS "ageSeconds"`;

/** Reports of reconcilers. */
export function createReconcilers(prisma: PrismaClient) {
  return {
    /**
     * Writes a report. Every tenant on the host gets an event when repairing stops by itself, or resumes, and one notice if
     * it is still stopped at the next report: while its engine shuts down, a host may look as if it had been struck.
     */
    async report(hostId: string, report: ReconcilerReport): Promise<void> {
      await translated("record the reconciler's report", () =>
        prisma.$transaction(async (tx) => {
          const [before] = await tx.$queryRaw<{ state: string; since: Date; isFirst: boolean }[]>`
            SELECT state, since, since = passed_at AS "isFirst" FROM reconcilers WHERE host_id = ${hostId} FOR UPDATE`;
          const at = await storeTime(tx);
          const { state } = report;
          const since = before?.state === state ? before.since : at;
          const row = { ...report, since, passedAt: at };
          await tx.reconciler.upsert({
            where: { hostId },
            create: { hostId, ...row },
            update: row,
            select: { hostId: true },
          });
          const { reason, databases, drifted } = report;
          const data = { hostId, reason, databases, drifted };
          if (state === 'stopped' && before?.state === 'stopped' && before.isFirst) {
            for (const tenantId of await tenantsOn(tx, hostId)) {
              await enqueueAboutHost(tx, { tenantId, hostId, type: 'reconciler.stopped', data }, at);
            }
          }
          const type = eventOf(before?.state, state);
          if (type === null) return;
          const tenants = await tenantsOn(tx, hostId);
          await tx.event.createMany({
            data: tenants.map((tenantId) => ({ tenantId, type, data: json(data), at })),
          });
        }),
      );
    },

    /** Resumes a reconciler that stopped by itself, for 15 minutes. Throws `not_found`, `state_conflict`. */
    async resume(hostId: string, author: Author): Promise<ReconcilerRecord> {
      return translated('resume the reconciler', () =>
        prisma.$transaction(async (tx) => {
          const [before] = await tx.$queryRaw<{ state: ReconcilerState; reason: string | null }[]>`
            SELECT state, reason FROM reconcilers WHERE host_id = ${hostId} FOR UPDATE`;
          if (before === undefined) throw new DatabaseError('not_found', `there is no reconciler for host ${hostId}`);
          const { state: currentState, reason } = before;
          if (currentState !== 'stopped') {
            const message = `the reconciler of host ${hostId} is ${currentState}; only a stopped reconciler can be resumed`;
            throw new DatabaseError('state_conflict', message, { currentState });
          }
          const [row] = await tx.$queryRaw<[ReconcilerRecord & { resumedUntil: Date }]>`
            UPDATE reconcilers SET resumed_until = clock_timestamp() + make_interval(mins => ${resumedMinutes})
            WHERE host_id = ${hostId} RETURNING ${columns}, resumed_until AS "resumedUntil"`;
          const { resumedUntil, ...resumed } = row;
          const resource = { id: hostId, name: hostId };
          const change = {
            action: 'reconciler.resume',
            before: { state: currentState, reason },
            after: { resumedUntil },
          };
          await auditChange(tx, author, { tenantId: null, resource, ...change });
          return resumed;
        }),
      );
    },

    /** Whether it was resumed and may repair, however much has drifted. */
    async isResumed(hostId: string): Promise<boolean> {
      const rows = await translated(
        'look up whether the reconciler was resumed',
        () => prisma.$queryRaw<object[]>`
          SELECT 1 FROM reconcilers WHERE host_id = ${hostId} AND resumed_until > now()`,
      );
      return rows.length > 0;
    },

    /** The last report of every host that has one, by host. */
    async list(): Promise<ReconcilerRecord[]> {
      return translated(
        'list the reconcilers',
        () => prisma.$queryRaw<ReconcilerRecord[]>`SELECT ${columns} FROM reconcilers ORDER BY host_id`,
      );
    },
  };
}

async function tenantsOn(tx: Executor, hostId: string): Promise<string[]> {
  const rows = await tx.instance.findMany({ where: { hostId }, select: { tenantId: true }, distinct: ['tenantId'] });
  return rows.map(({ tenantId }) => tenantId);
}

function eventOf(before: string | undefined, now: ReconcilerState): string | null {
  if (before === now) return null;
  if (now === 'stopped') return 'reconciler.stopped';
  return before === 'stopped' ? 'reconciler.resumed' : null;
}
