import { Client, DatabaseError as PostgresError } from 'pg';
import type { ConnectionInput } from './connection';
import { sessionOptions } from './session';

/** What an authenticated probe learns. Two that agree on the start time were answered by the same server. */
export interface ProbeResult {
  readonly startedAt: string;
  readonly inRecovery: boolean;
}

/**
 * SQLSTATE classes by which a server that runs refuses a login (PostgreSQL, appendix A): the authorization or the
 * database. One that is still starting has another, 57P03.
 */
const loginRefused = /^(28|3D)/;

/** How long one probe may take to connect, and again to be answered. */
export const defaultProbeTimeoutMs = 2_000;

/** Whether an engine answers over TCP at all; before its roles exist, by refusing the login. Throws while none does. */
export async function probeAnswer(
  address: Pick<ConnectionInput, 'host' | 'port'>,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<void> {
  try {
    await query({ ...address, user: 'slipway_probe', password: 'none', database: 'postgres' }, 'SELECT 1', timeoutMs);
  } catch (error) {
    if (!(error instanceof PostgresError) || !loginRefused.test(error.code ?? '')) throw error;
  }
}

/** An authenticated query, answered by the engine over TCP. */
export async function probeReady(connection: ConnectionInput, timeoutMs = defaultProbeTimeoutMs): Promise<ProbeResult> {
  const sql = 'SELECT pg_postmaster_start_time()::text AS "startedAt", pg_is_in_recovery() AS "inRecovery"';
  const [row] = await query<ProbeResult>(connection, sql, timeoutMs);
  if (row === undefined) throw new Error('the engine answered without a row');
  return row;
}

/** One query on a connection of its own, which is closed in any case. */
async function query<Row extends object>(connection: ConnectionInput, sql: string, timeoutMs: number): Promise<Row[]> {
  const timeouts = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  const client = new Client({ ...connection, ...timeouts, options: sessionOptions });
  // What is awaited rejects with the same reason; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
