import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { Prisma } from './client';
import { ConnectionError } from './errors';
import { tenantRole } from './tenant-scope';

/** How long a statement may take before its connection is given up, in milliseconds. */
const defaultTimeoutMs = 10_000;

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

export function createReading(pool: Pool, timeoutMs = defaultTimeoutMs): Reading {
  /** Rows of all that is asked at once on one connection; none where one of it fails. */
  async function together(begin: (ask: Ask) => Promise<unknown[]>[]): Promise<unknown[][]> {
    const client = await pool.connect().catch((error: unknown) => {
      throw new ConnectionError(error);
    });
    // Without a listener, a connection that is lost would end the process; what was asked of it reports it.
    client.on('error', ignore);
    const answers = await Promise.allSettled(begin(asking(client, timeoutMs)));
    client.off('error', ignore);
    const failed = answers.find((answer) => answer.status === 'rejected');
    // Not to be used again: what it is in is not known.
    client.release(failed !== undefined);
    if (failed !== undefined) throw failed.reason;
    return answers.map((answer) => (answer as PromiseFulfilledResult<unknown[]>).value);
  }

  return {
    async rows<Row>(statement: Prisma.Sql): Promise<Row[]> {
      const [rows] = await together((ask) => [ask(statement.text, statement.values)]);
      return rows as Row[];
    },

    async ofTenant<Rows extends unknown[][]>(tenantId: string, ...statements: readonly Prisma.Sql[]): Promise<Rows> {
      const answers = await together((ask) => [
        ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
        ask(enterTenant, [tenantId, tenantRole]),
        ...statements.map(({ text, values }) => ask(text, values)),
        ask('COMMIT'),
      ]);
      return answers.slice(2, -1) as Rows;
    },
  };
}

const enterTenant = `SELECT set_config('slipway.tenant_id', $1, true), set_config('role', $2, true)`;

type Ask = (text: string, values?: unknown[]) => Promise<unknown[]>;

const ignore = () => undefined;

function asking(client: PoolClient, timeoutMs: number): Ask {
  return async (text, values = []) => {
    const query: QueryConfig & { readonly query_timeout: number } = { text, values, query_timeout: timeoutMs };
    return (await client.query<object>(query)).rows;
  };
}
