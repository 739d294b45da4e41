import { type Executor, Prisma, type PrismaClient } from './executor';

/** The role that every table's policy binds to one tenant. The migration makes it; it cannot log in. */
const tenantRole = 'slipway_tenant';

/** Binds the transaction that it is run in to one tenant. */
export function enterTenant(tenantId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT set_config('slipway.tenant_id', ${tenantId}, true), set_config('role', ${tenantRole}, true)`;
}

/** Runs statements of one tenant, in one transaction. */
export type TenantScope = <T>(tenantId: string, run: (tx: Executor) => Promise<T>) => Promise<T>;

/**
 * The second wall between tenants: statements run as a role that sees and writes rows of this tenant only (PostgreSQL,
 * 5.9, row security), so that one which forgets the tenant finds nothing of others. Role and tenant are the
 * transaction's: the next one on the connection, be it another process's behind PgBouncer, has neither.
 */
export function createTenantScope(prisma: PrismaClient): TenantScope {
  return (tenantId, run) =>
    prisma.$transaction(async (tx) => {
      await tx.$queryRaw(enterTenant(tenantId));
      return run(tx);
    });
}
