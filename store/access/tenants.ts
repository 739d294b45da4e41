import { DatabaseError } from '../../domain/errors';
import { defaultTenantId } from '../../domain/ids';
import { translated, violatedConstraint } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { newId } from '../connection/ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { type Author, auditChange } from './audit';

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** The version of a tenant, which never changes. */
export function tenantVersion({ id, name }: TenantRecord): string {
  return versionOf([id, name]);
}

/** Tenants: the owners of databases, keys and channels. */
export function createTenants(prisma: PrismaClient) {
  return {
    /** Ids are never reused, so that a new tenant finds nothing of a removed one. Throws `name_in_use`. */
    async create(name: string, author: Author): Promise<TenantRecord> {
      try {
        return await translated('create the tenant', () =>
          prisma.$transaction(async (tx) => {
            const tenant = await tx.tenant.create({ data: { id: newId(), name, createdAt: new Date() } });
            await auditChange(tx, author, { ...subjectOf(tenant), action: 'tenant.create', after: tenant });
            return tenant;
          }),
        );
      } catch (error) {
        if (violatedConstraint(error) !== 'tenants_name_key') throw error;
        throw new DatabaseError('name_in_use', `a tenant named ${name} already exists`, {}, { cause: error });
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
     * Removes a tenant and its keys; operations, events and audit entries stay. Throws `not_found`,
     * `precondition_failed`, and `tenant_in_use` while it has databases, and for the default tenant.
     */
    async remove(id: string, ifMatch: Expected, author: Author): Promise<void> {
      if (id === defaultTenantId) {
        throw new DatabaseError('tenant_in_use', `tenant ${id} is the default tenant and cannot be deleted`);
      }
      await translated('delete the tenant', () =>
        prisma.$transaction(async (tx) => {
          // No database can be created for it now: that takes a lock on this row, too.
          const [locked] = await tx.$queryRaw<TenantRecord[]>`
            SELECT id, name, created_at AS "createdAt" FROM tenants WHERE id = ${id} FOR UPDATE`;
          if (locked === undefined) throw new DatabaseError('not_found', `tenant ${id} not found`);
          requireVersion(ifMatch, tenantVersion(locked));
          const databases = await tx.database.count({ where: { tenantId: id } });
          if (databases > 0) {
            throw new DatabaseError('tenant_in_use', `tenant ${id} still has databases`, { databases });
          }
          const tenant = await tx.tenant.delete({ where: { id } });
          await auditChange(tx, author, { ...subjectOf(tenant), action: 'tenant.delete', before: tenant });
        }),
      );
    },
  };
}

/** The audit's subject: tenants belong to the installation. */
function subjectOf({ id, name }: TenantRecord) {
  return { tenantId: null, resource: { id, name } };
}
