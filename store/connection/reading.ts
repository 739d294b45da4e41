import type { Pool, QueryConfig } from 'pg';
import { ConnectionError } from './errors';
import { Prisma } from './executor';
import { enterTenant } from './tenant-scope';

/**
 * Reads that are asked all the time, past the ORM: statements are sent without waiting for the answer to the one before
 * (PostgreSQL, 54.2.4), so that a tenant's read is one way there and back, with all of the second wall.
 */
export interface Reading {
  /** One statement, of no tenant. */
  rows<Row>(statement: Prisma.Sql): Promise<Row[]>;
  /**
   * Statements of one tenant, which only read, and all see what was there at one moment (see `createTenantScope`). Rows
   * by statement.
   */
  ofTenant<Rows extends unknown[][]>(tenantId: string, ...statements: readonly Prisma.Sql[]): Promise<Rows>;
}

/** @param timeoutMs how long a statement may take before its connection is given up */
export function createReading(pool: Pool, timeoutMs: number): Reading {
  /** Rows of all statements, which are sent at once on one connection; none where one of them fails. */
  async function together(statements: readonly Prisma.Sql[]): Promise<unknown[][]> {
    const client = await pool.connect().catch((error: unknown) => {
      throw new ConnectionError(error);
    });
    // Without a listener, a connection that is lost would end the process; what was asked of it reports it.
    client.on('error', ignore);
    const queries = statements.map(({ text, values }) => {
      const query: QueryConfig & { readonly query_timeout: number } = { text, values, query_timeout: timeoutMs };
      return client.query<object>(query);
    });
    const answers = await Promise.allSettled(queries);
    client.off('error', ignore);
    const failed = answers.find((answer) => answer.status === 'rejected');
    // Not to be used again: what it is in is not known.
    client.release(failed !== undefined);
    if (failed !== undefined) throw failed.reason;
    return answers.map((answer) => (answer as PromiseFulfilledResult<{ readonly rows: unknown[] }>).value.rows);
  }

  return {
    async rows<Row>(statement: Prisma.Sql): Promise<Row[]> {
      const [rows] = await together([statement]);
      return rows as Row[];
    },

    async ofTenant<Rows extends unknown[][]>(tenantId: string, ...statements: readonly Prisma.Sql[]): Promise<Rows> {
      const answers = await together([begin, enterTenant(tenantId), ...statements, commit]);
      return answers.slice(2, -1) as Rows;
    },
  };
}

const begin = Prisma.sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;
const commit = Prisma.sql`COMMIT`;

const ignore = () => undefined;
