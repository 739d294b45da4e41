import { DatabaseError as PostgresError } from 'pg';
import { DatabaseError } from '../domain/errors';
import type { ConnectionInput } from './connection';
import { ownerLogin } from './logins';
import { query } from './probe';

/** What an engine says of itself and of the logical database that users have. */
export interface EngineStatistics {
  readonly startedAt: Date;
  /** Of clients, this question's own not among them. */
  readonly connections: number;
  readonly maxConnections: number;
  readonly databaseBytes: number;
  /** Since the statistics were last reset (`pg_stat_database`): a rate is the difference of two readings. */
  readonly committedTransactions: number;
  readonly rolledBackTransactions: number;
  /** Null while no client is in a transaction. */
  readonly oldestTransactionSeconds: number | null;
}

/** float8 holds every whole number up to 2^53, and pg gives it as a number and not as text. */
const statisticsSql = `
  WITH clients AS (
    SELECT xact_start FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
  SELECT pg_postmaster_start_time() AS "startedAt",
    (SELECT count(*)::float8 FROM clients) AS "connections",
    current_setting('max_connections')::int AS "maxConnections",
    pg_database_size(datname)::float8 AS "databaseBytes",
    xact_commit::float8 AS "committedTransactions",
    xact_rollback::float8 AS "rolledBackTransactions",
    (SELECT extract(epoch FROM clock_timestamp() - min(xact_start))::float8 FROM clients) AS "oldestTransactionSeconds"
  FROM pg_stat_database WHERE datname = '${ownerLogin.database}'`;

/**
 * Asks an engine over TCP how it is used; the role needs `pg_monitor` (PostgreSQL, 22.5). Throws `not_ready` when it has
 * not answered within the time, and `engine_error` when it refuses; neither holds a credential.
 */
export async function readStatistics(connection: ConnectionInput, timeoutMs: number): Promise<EngineStatistics> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new DatabaseError('not_ready', `the engine did not respond within ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    // To connect and to be answered have each their own time: together no longer than one.
    const [row] = await Promise.race([query<EngineStatistics>(connection, statisticsSql, timeoutMs), late]);
    if (row === undefined) throw new DatabaseError('engine_error', `database ${ownerLogin.database} not found`);
    return row;
  } catch (error) {
    throw problemOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The engine's own words where it has some: a refused login names the role, never its password. */
function problemOf(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const reason = `${typeof code === 'string' ? `${code}: ` : ''}${String(message).split('\n')[0]}`;
  if (error instanceof PostgresError && !error.code?.startsWith('57P0')) {
    return new DatabaseError('engine_error', `the engine reported an error: ${reason}`, {}, { cause: error });
  }
  return new DatabaseError('not_ready', `the engine did not respond: ${reason}`, {}, { cause: error });
}
