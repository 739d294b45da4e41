import type { LifecycleState } from '../../domain/states';
import { translated } from '../connection/errors';
import { Prisma } from '../connection/executor';
import { type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import { type DatabaseRecord, type DatabaseRow, databaseRecord } from './records';
import { selectDatabases, thePage, whereTenant } from './selects';

export interface DatabaseFilter {
  readonly state?: LifecycleState | undefined;
  readonly name?: string | undefined;
  /** All of these labels with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Reads of databases. */
export function createDatabases(reading: Reading) {
  return {
    /** Null for an unknown id and for another tenant's alike. */
    async get(tenantId: string, id: string): Promise<DatabaseRecord | null> {
      const [rows] = await translated('read the database', () =>
        reading.ofTenant<[DatabaseRow[]]>(tenantId, selectDatabases(whereTenant(tenantId, { id }))),
      );
      return rows[0] === undefined ? null : databaseRecord(rows[0]);
    },

    async list(
      tenantId: string,
      { state, name, labels }: DatabaseFilter,
      page: PageRequest,
    ): Promise<Page<DatabaseRecord>> {
      // Not where none is asked for: PostgreSQL takes it for rare, and would read and sort all there are.
      const hasLabels = labels && Prisma.sql`AND labels @> ${JSON.stringify(labels)}::jsonb`;
      const list = Prisma.sql`
        ${whereTenant(tenantId, { state, name })} ${hasLabels ?? Prisma.empty} ${thePage('databases', page)}`;
      const [rows] = await translated('list databases', () =>
        reading.ofTenant<[DatabaseRow[]]>(tenantId, selectDatabases(list)),
      );
      return pageOf(rows, page.pageSize, databaseRecord);
    },
  };
}
