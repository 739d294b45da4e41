import type { LifecycleState } from '../databases/states';
import type { PrismaClient } from './client';
import { translated } from './errors';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from './pages';
import { type InstanceRecord, instanceInclude, instanceRecord } from './records';

export interface InstanceFilter {
  readonly state?: LifecycleState | undefined;
  readonly databaseId?: string | undefined;
}

/** Reads of instances. */
export function createInstances(prisma: PrismaClient) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<InstanceRecord | null> {
      const row = await translated('read the instance', () =>
        prisma.instance.findFirst({ where: { id, tenantId }, include: instanceInclude }),
      );
      return row === null ? null : instanceRecord(row);
    },

    async list(tenantId: string, filter: InstanceFilter, page: PageRequest): Promise<Page<InstanceRecord>> {
      const rows = await translated('list instances', () =>
        prisma.instance.findMany({
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
      );
      return pageOf(rows, page.pageSize, instanceRecord);
    },
  };
}
