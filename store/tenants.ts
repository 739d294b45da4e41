import { DatabaseError } from '../databases/errors';
import { defaultTenantId } from '../databases/ids';
import type { PrismaClient } from './client';
import { translated, violatedConstraint } from './errors';
import { newId } from './ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from './pages';

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** Tenants: whose things are whose. */
export function createTenants(prisma: PrismaClient) {
  return {
    /** Its id is new, so that nobody comes upon what a tenant before has left. Throws `name_in_use`. */
    async create(name: string): Promise<TenantRecord> {
      try {
        return await translated('record the tenant', () =>
          prisma.tenant.create({ data: { id: newId(), name, createdAt: new Date() } }),
        );
      } catch (error) {
        if (violatedConstraint(error) !== 'tenants_name_key') throw error;
        throw new DatabaseError('name_in_use', `a tenant named ${name} exists`, {}, { cause: error });
      }
    },

    async get(id: string): Promise<TenantRecord | null> {
      return translated('read the tenant', () => prisma.tenant.findUnique({ where: { id } }));
    },

    async list(page: PageRequest): Promise<Page<TenantRecord>> {
      const rows = await translated('list tenants', () =>
        prisma.tenant.findMany({
          where: afterToken(page.pageToken),
          orderBy: [...newestFirst],
          take: page.pageSize + 1,
        }),
      );
      return pageOf(rows, page.pageSize, (row) => row);
    },

    /**
     * Takes a tenant away, and its keys with it. Its operations, events and audit entries stay. Throws `not_found`, and
     * `tenant_in_use` while it has databases, and for the one that is there from the beginning.
     */
    async remove(id: string): Promise<void> {
      if (id === defaultTenantId) {
        throw new DatabaseError('tenant_in_use', `tenant ${id} is the one that the installation's keys act for`);
      }
      await translated('remove the tenant', () =>
        prisma.$transaction(async (tx) => {
          // Nobody makes a database for it meanwhile: that needs a lock on this row, too.
          const [locked] = await tx.$queryRaw<object[]>`SELECT 1 FROM tenants WHERE id = ${id} FOR UPDATE`;
          if (locked === undefined) throw new DatabaseError('not_found', `there is no tenant ${id}`);
          const databases = await tx.database.count({ where: { tenantId: id } });
          if (databases > 0) {
            throw new DatabaseError('tenant_in_use', `tenant ${id} has databases`, { databases });
          }
          await tx.tenant.delete({ where: { id }, select: { id: true } });
        }),
      );
    },
  };
}
