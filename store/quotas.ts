import type { Amounts, Limits, Quota } from '../databases/quotas';
import { quotaExceeded } from '../databases/quotas';
import { type Author, auditChange } from './audit';
import type { Executor, PrismaClient } from './client';
import { translated } from './errors';
import type { Quota as QuotaRow } from './generated/client';
import { type Expected, quotaVersion, requireVersion } from './versions';

/** What tenants may have, and have. */
export function createQuotas(prisma: PrismaClient) {
  return {
    async get(tenantId: string): Promise<Quota> {
      return translated('read the quota', () => quotaOf(prisma, tenantId));
    },

    /** Limits below what is used take nothing away: there is nothing new until less is used. Throws `precondition_failed`. */
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
          const row = await tx.quota.upsert({
            where: { tenantId },
            create: { tenantId, ...columns },
            update: columns,
          });
          const resource = { id: tenantId, name: '' };
          const change = { action: 'quota.update', before: before.limits, after: limits };
          await auditChange(tx, author, { tenantId, resource, ...change });
          return quotaRecord(row);
        }),
      );
    },
  };
}

/**
 * Takes from a tenant's quota, in one statement that takes all or nothing, so that whatever is asked at once never
 * passes a limit. Others who take wait until the transaction has ended. Throws `quota_exceeded`.
 */
export async function takeQuota(tx: Executor, tenantId: string, asked: Amounts): Promise<void> {
  const { databases, nanoCpus, memoryBytes } = asked;
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
  if (taken === 0) throw quotaExceeded(await quotaOf(tx, tenantId), asked);
}

/** Gives back to a tenant's quota what a database no longer holds. */
export async function giveBackQuota(tx: Executor, tenantId: string, given: Amounts): Promise<void> {
  await tx.$executeRaw`
    UPDATE quotas SET
      databases_used = databases_used - ${given.databases},
      nano_cpus_used = nano_cpus_used - ${given.nanoCpus},
      memory_bytes_used = memory_bytes_used - ${given.memoryBytes}
    WHERE tenant_id = ${tenantId}`;
}

async function quotaOf(executor: Executor, tenantId: string): Promise<Quota> {
  const row = await executor.quota.findUnique({ where: { tenantId } });
  return row === null ? none : quotaRecord(row);
}

const none: Quota = {
  limits: { databases: null, nanoCpus: null, memoryBytes: null },
  used: { databases: 0, nanoCpus: 0, memoryBytes: 0 },
};

function quotaRecord(row: QuotaRow): Quota {
  return {
    limits: {
      databases: numberOf(row.databasesLimit),
      nanoCpus: numberOf(row.nanoCpusLimit),
      memoryBytes: numberOf(row.memoryBytesLimit),
    },
    used: {
      databases: Number(row.databasesUsed),
      nanoCpus: Number(row.nanoCpusUsed),
      memoryBytes: Number(row.memoryBytesUsed),
    },
  };
}

/** Limits stay below 2^53. */
export function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
