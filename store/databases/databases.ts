import type { LifecycleState } from '../../domain/states';
import { translated } from '../connection/errors';
import { Prisma } from '../connection/executor';
import { type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import { type DatabaseRecord, type DatabaseRow, databaseRecord } from './records';
import { selectAllDatabases, selectDatabases, databases as shownDatabases, thePage, whereTenant } from './selects';

export interface DatabaseFilter {
  readonly state?: LifecycleState | undefined;
  readonly name?: string | undefined;
  /** The labels, with their values, that a database must all have. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Reads of databases. */
export function createDatabases(reading: Reading) {
  return {
    /** Null for an unknown id and for another tenant's. */
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
      // Only with labels: PostgreSQL expects the condition to be selective, and would read and sort every row.
      const hasLabels = labels && Prisma.sql`AND labels @> ${JSON.stringify(labels)}::jsonb`;
      const list = Prisma.sql`
        ${whereTenant(tenantId, { state, name })} ${hasLabels ?? Prisma.empty} ${thePage('databases', page)}`;
      const [rows] = await translated('list databases', () =>
        reading.ofTenant<[DatabaseRow[]]>(tenantId, selectDatabases(list)),
      );
      return pageOf(rows, page.pageSize, databaseRecord);
    },

    /** Deleted databases, newest first. */
    async listDeleted(tenantId: string, page: PageRequest): Promise<Page<DatabaseRecord>> {
      const list = Prisma.sql`${whereTenant(tenantId, {})} AND deleted_at IS NOT NULL ${thePage('databases', page)}`;
      const [rows] = await translated('list deleted databases', () =>
        reading.ofTenant<[DatabaseRow[]]>(tenantId, selectAllDatabases(list)),
      );
      return pageOf(rows, page.pageSize, databaseRecord);
    },

    /** A database of any tenant, deleted or not; null once its record is removed. */
    async find(id: string): Promise<DatabaseRecord | null> {
      const [row] = await translated('read the database', () =>
        reading.rows<DatabaseRow>(selectAllDatabases(Prisma.sql`WHERE id = ${id}`)),
      );
      return row === undefined ? null : databaseRecord(row);
    },

    /** The hosts with instances of a database, without those that were declared lost: nothing is to be found there. */
    async hostIds(databaseId: string): Promise<string[]> {
      const rows = await translated('read the hosts', () =>
        reading.rows<{ readonly hostId: string }>(Prisma.sql`
          SELECT DISTINCT host_id AS "hostId" FROM instances JOIN hosts ON hosts.id = instances.host_id
          WHERE database_id = ${databaseId} AND hosts.lost_at IS NULL`),
      );
      return rows.map(({ hostId }) => hostId);
    },

    /**
     * The databases with an instance on a host and without an open operation, failed ones included.
     *
     * @param only these databases; all when it is missing
     */
    async listAtRest(hostId: string, only?: readonly string[]): Promise<DatabaseRecord[]> {
      const among = only === undefined ? Prisma.sql`true` : Prisma.sql`databases.id = ANY(${only})`;
      const rows = await translated('list the databases of a host', () =>
        reading.rows<DatabaseRow>(
          selectDatabases(Prisma.sql`
            WHERE state IN ('available', 'stopped', 'paused', 'failed') AND ${among}
              AND EXISTS (SELECT 1 FROM instances WHERE database_id = databases.id AND host_id = ${hostId})
              AND NOT EXISTS (
                SELECT 1 FROM operations
                WHERE database_id = databases.id AND state IN ('pending', 'running', 'cancelling'))`),
        ),
      );
      return rows.map(databaseRecord);
    },

    /** The databases that no operation may have disturbed since they were read. */
    async undisturbedAmong(databases: readonly DatabaseRecord[]): Promise<DatabaseRecord[]> {
      const rows = await translated('read disruptions', () =>
        reading.rows<{ readonly id: string; readonly disruption: number }>(Prisma.sql`
          SELECT id, disruption FROM ${shownDatabases} WHERE id = ANY (${databases.map(({ id }) => id)})`),
      );
      const now = new Map(rows.map(({ id, disruption }) => [id, disruption]));
      return databases.filter(({ id, disruption }) => now.get(id) === disruption);
    },

    /**
     * Which of these databases have a record, deleted or not, and no instance on another host only. What a deleted one
     * keeps is no orphan.
     */
    async existingAmong(ids: readonly string[], hostId: string): Promise<Set<string>> {
      const rows = await translated('look up records', () =>
        reading.rows<{ readonly id: string }>(Prisma.sql`
          SELECT id FROM databases WHERE id = ANY (${[...ids]}) AND (
            EXISTS (SELECT 1 FROM instances WHERE database_id = databases.id AND host_id = ${hostId})
            OR NOT EXISTS (SELECT 1 FROM instances WHERE database_id = databases.id))`),
      );
      return new Set(rows.map(({ id }) => id));
    },
  };
}
