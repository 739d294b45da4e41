import type { LifecycleState } from '../databases/states';
import { translated } from './errors';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from './pages';
import { type InstanceRecord, instanceInclude, instanceRecord } from './records';
import type { TenantScope } from './tenant-scope';

export interface InstanceFilter {
  readonly state?: LifecycleState | undefined;
  readonly databaseId?: string | undefined;
}

/** Reads of instances. */
export function createInstances(asTenant: TenantScope) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<InstanceRecord | null> {
      const row = await translated('read the instance', () =>
        asTenant(tenantId, (tx) => tx.instance.findFirst({ where: { id, tenantId }, include: instanceInclude })),
      );
      return row === null ? null : instanceRecord(row);
    },

    async list(tenantId: string, filter: InstanceFilter, page: PageRequest): Promise<Page<InstanceRecord>> {
      const rows = await translated('list instances', () =>
        asTenant(tenantId, (tx) =>
          tx.instance.findMany({
            where: {
              tenantId,
              ...(filter.state === undefined ? {} : { state: filter.state }),
              ...(filter.databaseId === undefined ? {} : { databaseId: filter.databaseId }),
              ...afterToken(page.pageToken),
            },
            include: instanceInclude,
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, instanceRecord);
    },
  };
}
