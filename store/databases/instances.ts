import type { LifecycleState } from '../../domain/states';
import { translated } from '../connection/errors';
import { Prisma } from '../connection/executor';
import { type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import { type InstanceRecord, type InstanceRow, instanceRecord } from './records';
import { selectInstances, thePage, whereTenant } from './selects';

export interface InstanceFilter {
  readonly state?: LifecycleState | undefined;
  readonly databaseId?: string | undefined;
}

/** Reads of instances. */
export function createInstances(reading: Reading) {
  return {
    /** Null for an unknown id and for another tenant's. */
    async get(tenantId: string, id: string): Promise<InstanceRecord | null> {
      const [rows] = await translated('read the instance', () =>
        reading.ofTenant<[InstanceRow[]]>(tenantId, selectInstances(whereTenant(tenantId, { id }))),
      );
      return rows[0] === undefined ? null : instanceRecord(rows[0]);
    },

    async list(
      tenantId: string,
      { state, databaseId }: InstanceFilter,
      page: PageRequest,
    ): Promise<Page<InstanceRecord>> {
      const list = Prisma.sql`${whereTenant(tenantId, { state, database_id: databaseId })} ${thePage('instances', page)}`;
      const [rows] = await translated('list instances', () =>
        reading.ofTenant<[InstanceRow[]]>(tenantId, selectInstances(list)),
      );
      return pageOf(rows, page.pageSize, instanceRecord);
    },
  };
}
