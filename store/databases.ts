import type { LifecycleState } from '../databases/states';
import type { Prisma } from './client';
import { translated } from './errors';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from './pages';
import { type DatabaseRecord, databaseInclude, databaseRecord } from './records';
import type { TenantScope } from './tenant-scope';

export interface DatabaseFilter {
  readonly state?: LifecycleState | undefined;
  readonly name?: string | undefined;
  /** All of these labels with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Reads of databases. */
export function createDatabases(asTenant: TenantScope) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<DatabaseRecord | null> {
      const row = await translated('read the database', () =>
        asTenant(tenantId, (tx) => tx.database.findFirst({ where: { id, tenantId }, include: databaseInclude })),
      );
      return row === null ? null : databaseRecord(row);
    },

    async list(tenantId: string, filter: DatabaseFilter, page: PageRequest): Promise<Page<DatabaseRecord>> {
      const labels: Prisma.DatabaseWhereInput[] = Object.entries(filter.labels ?? {}).map(([key, value]) => ({
        labels: { path: [key], equals: value },
      }));
      const rows = await translated('list databases', () =>
        asTenant(tenantId, (tx) =>
          tx.database.findMany({
            where: {
              tenantId,
              ...(filter.state === undefined ? {} : { state: filter.state }),
              ...(filter.name === undefined ? {} : { name: filter.name }),
              AND: [...labels, afterToken(page.pageToken)],
            },
            include: databaseInclude,
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, databaseRecord);
    },
  };
}
