import { type Amounts, type Limits, type Quota, quotaExceeded } from '../../domain/capacity/quotas';
import { type Author, auditChange } from '../access/audit';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import type { Reading } from '../connection/reading';
import { type Expected, requireVersion, versionOf } from '../connection/versions';

/** The version of a quota's limits; usage does not count. */
export function quotaVersion({ databases, nanoCpus, memoryBytes }: Limits): string {
  return versionOf([databases, nanoCpus, memoryBytes]);
}

/** Tenants' limits and usage. */
export function createQuotas(prisma: PrismaClient, reading: Reading) {
  return {
    async get(tenantId: string): Promise<Quota> {
      const [rows] = await translated('read the quota', () =>
        reading.ofTenant<[QuotaRow[]]>(tenantId, selectQuota(tenantId)),
      );
      return quotaRecord(rows[0]);
    },

    /** Limits below the current usage take nothing away; they refuse growth. Throws `precondition_failed`. */
    async setLimits(tenantId: string, limits: Limits, ifMatch: Expected, author: Author): Promise<Quota> {
      const columns = {
        databasesLimit: limits.databases,
        nanoCpusLimit: limits.nanoCpus,
        memoryBytesLimit: limits.memoryBytes,
      };
      return translated('set the quota', () =>
        prisma.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT 1 FROM quotas WHERE tenant_id = ${tenantId} FOR NO KEY UPDATE`;
          const before = await quotaOf(tx, tenantId);
          requireVersion(ifMatch, quotaVersion(before.limits));
          await tx.quota.upsert({
            where: { tenantId },
            create: { tenantId, ...columns },
            update: columns,
            select: { tenantId: true },
          });
          const resource = { id: tenantId, name: '' };
          const change = { action: 'quota.update', before: before.limits, after: limits };
          await auditChange(tx, author, { tenantId, resource, ...change });
          return { limits, used: (await quotaOf(tx, tenantId)).used };
        }),
      );
    },
  };
}

/**
 * Takes from a tenant's quota in one statement, all or nothing, so that concurrent requests never exceed a limit.
 * Others wait until this transaction ends. Throws `quota_exceeded`.
 */
export async function takeQuota(tx: Executor, tenantId: string, requested: Amounts): Promise<void> {
  const { databases, nanoCpus, memoryBytes } = requested;
  const taken = await tx.$executeRaw`
    INSERT INTO quotas (tenant_id, databases_used, nano_cpus_used, memory_bytes_used)
    VALUES (${tenantId}, ${databases}, ${nanoCpus}, ${memoryBytes})
    ON CONFLICT (tenant_id) DO UPDATE SET
      databases_used = quotas.databases_used + excluded.databases_used,
      nano_cpus_used = quotas.nano_cpus_used + excluded.nano_cpus_used,
      memory_bytes_used = quotas.memory_bytes_used + excluded.memory_bytes_used
    WHERE (excluded.databases_used = 0 OR quotas.databases_limit IS NULL
        OR quotas.databases_used + excluded.databases_used <= quotas.databases_limit)
      AND (excluded.nano_cpus_used = 0 OR quotas.nano_cpus_limit IS NULL
        OR quotas.nano_cpus_used + excluded.nano_cpus_used <= quotas.nano_cpus_limit)
      AND (excluded.memory_bytes_used = 0 OR quotas.memory_bytes_limit IS NULL
        OR quotas.memory_bytes_used + excluded.memory_bytes_used <= quotas.memory_bytes_limit)`;
  if (taken === 0) throw quotaExceeded(await quotaOf(tx, tenantId), requested);
}

/** Gives back to a tenant's quota what a database no longer holds. */
export async function giveBackQuota(tx: Executor, tenantId: string, amounts: Amounts): Promise<void> {
  await tx.$executeRaw`
    UPDATE quotas SET
      databases_used = databases_used - ${amounts.databases},
      nano_cpus_used = nano_cpus_used - ${amounts.nanoCpus},
      memory_bytes_used = memory_bytes_used - ${amounts.memoryBytes}
    WHERE tenant_id = ${tenantId}`;
}

async function quotaOf(executor: Executor, tenantId: string): Promise<Quota> {
  const [row] = await executor.$queryRaw<QuotaRow[]>(selectQuota(tenantId));
  return quotaRecord(row);
}

interface QuotaRow extends Amounts {
  readonly databasesLimit: number | null;
  readonly nanoCpusLimit: number | null;
  readonly memoryBytesLimit: number | null;
}

/** As JavaScript numbers: all stay below 2^53. */
function selectQuota(tenantId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT databases_limit::float8 AS "databasesLimit", nano_cpus_limit::float8 AS "nanoCpusLimit",
      memory_bytes_limit::float8 AS "memoryBytesLimit", databases_used::float8 AS databases,
      nano_cpus_used::float8 AS "nanoCpus", memory_bytes_used::float8 AS "memoryBytes"
    FROM quotas WHERE tenant_id = ${tenantId}`;
}

function quotaRecord(row: QuotaRow | undefined): Quota {
  if (row === undefined) return none;
  const { databasesLimit, nanoCpusLimit, memoryBytesLimit, ...used } = row;
  return { limits: { databases: databasesLimit, nanoCpus: nanoCpusLimit, memoryBytes: memoryBytesLimit }, used };
}

const none: Quota = {
  limits: { databases: null, nanoCpus: null, memoryBytes: null },
  used: { databases: 0, nanoCpus: 0, memoryBytes: 0 },
};
