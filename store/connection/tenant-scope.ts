import { type Executor, Prisma, type PrismaClient } from './executor';

/** The role that every table's policy restricts to one tenant. A migration creates it; it cannot log in. */
const tenantRole = 'slipway_tenant';

/** Restricts its transaction to one tenant. */
export function enterTenant(tenantId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT set_config('slipway.tenant_id', ${tenantId}, true), set_config('role', ${tenantRole}, true)`;
}

/** Runs one tenant's statements in one transaction. */
export type TenantScope = <T>(tenantId: string, run: (tx: Executor) => Promise<T>) => Promise<T>;

/**
 * The second wall between tenants: statements run as a role that sees and writes this tenant's rows only (PostgreSQL,
 * 5.9, row security), so that a statement without a tenant condition finds nothing of others. Role and tenant end with
 * the transaction, also for another process that shares the connection through PgBouncer.
 */
export function createTenantScope(prisma: PrismaClient): TenantScope {
  return (tenantId, run) =>
    prisma.$transaction(async (tx) => {
      await tx.$queryRaw(enterTenant(tenantId));
      return run(tx);
    });
}
