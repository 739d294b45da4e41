import type { Pool, QueryConfig } from 'pg';
import { ConnectionError } from './errors';
import { Prisma } from './executor';
import { enterTenant } from './tenant-scope';

/**
 * Frequent reads, past the ORM: statements are pipelined (PostgreSQL, 54.2.4), so that a tenant's read is one round
 * trip with the whole second wall between tenants.
 */
export interface Reading {
  /** One statement, outside any tenant. */
  rows<Row>(statement: Prisma.Sql): Promise<Row[]>;
  /**
   * Reads of one tenant (see `createTenantScope`), all from one snapshot. Rows by statement.
   */
  ofTenant<Rows extends unknown[][]>(tenantId: string, ...statements: readonly Prisma.Sql[]): Promise<Rows>;
}

/** @param timeoutMs how long a statement may take before its connection is closed */
export function createReading(pool: Pool, timeoutMs: number): Reading {
  /** Rows of all statements, sent together on one connection; throws when one fails. */
  async function together(statements: readonly Prisma.Sql[]): Promise<unknown[][]> {
    const client = await pool.connect().catch((error: unknown) => {
      throw new ConnectionError(error);
    });
    // Without a listener, a lost connection would end the process; its queries report the loss.
    client.on('error', ignore);
    const queries = statements.map(({ text, values }) => {
      const query: QueryConfig & { readonly query_timeout: number } = { text, values, query_timeout: timeoutMs };
      return client.query<object>(query);
    });
    const answers = await Promise.allSettled(queries);
    client.off('error', ignore);
    const failed = answers.find((answer) => answer.status === 'rejected');
    // Not reused after a failure: the state of its transaction is unknown.
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
