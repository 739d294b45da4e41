import { Client, DatabaseError as PostgresError } from 'pg';
import type { ConnectionInput } from './connection';
import { sessionOptions } from './session';

/** The result of an authenticated probe. Two results with the same start time come from the same server. */
export interface ProbeResult {
  readonly startedAt: string;
  readonly inRecovery: boolean;
}

/**
 * SQLSTATEs with which a running server refuses a login (PostgreSQL, appendix A): invalid authorization or database, or
 * no connection left. A server that is still starting reports 57P03.
 */
const loginRefused = /^(28|3D|53300$)/;

/** The timeout of one probe for connecting, and again for the query. */
export const defaultProbeTimeoutMs = 2_000;

/** Resolves if an engine responds over TCP at all; before its roles exist, by refusing the login. Throws otherwise. */
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

/** Runs an authenticated query over TCP. */
export async function probeReady(connection: ConnectionInput, timeoutMs = defaultProbeTimeoutMs): Promise<ProbeResult> {
  const sql = 'SELECT pg_postmaster_start_time()::text AS "startedAt", pg_is_in_recovery() AS "inRecovery"';
  const [row] = await query<ProbeResult>(connection, sql, timeoutMs);
  if (row === undefined) throw new Error('the engine returned no row');
  return row;
}

/** The parameters whose values change at a restart, by an authenticated query over TCP. Throws without a response. */
export async function probePendingRestart(
  connection: ConnectionInput,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<string[]> {
  const sql = 'SELECT name FROM pg_settings WHERE pending_restart ORDER BY name';
  return (await query<{ name: string }>(connection, sql, timeoutMs)).map(({ name }) => name);
}

/** The settings that a running server changes only at a restart (PostgreSQL, 53.25, `context`). */
export async function restartSettings(
  connection: ConnectionInput,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<string[]> {
  const sql = "SELECT name FROM pg_settings WHERE context = 'postmaster' ORDER BY name";
  return (await query<{ name: string }>(connection, sql, timeoutMs)).map(({ name }) => name);
}

/**
 * Runs an authenticated query through the pooler to the engine behind it. Sends no session options: the pooler cannot
 * keep them, and refuses a client that sends any.
 */
export async function probePooler(connection: ConnectionInput, timeoutMs = defaultProbeTimeoutMs): Promise<void> {
  await query(connection, 'SELECT pg_postmaster_start_time()', timeoutMs, {});
}

/** Resolves if the exporter serves metrics and can reach its engine. Throws otherwise, with the exporter's response. */
export async function probeExporter(
  { host, port }: Pick<ConnectionInput, 'host' | 'port'>,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<void> {
  const url = `http://${host}:${port}/metrics`;
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: Error) => {
    // The error's own message says only that it failed.
    throw error.cause ?? error;
  });
  const metrics = await response.text();
  if (!response.ok) throw new Error(`the exporter responded with ${response.status}`);
  if (/^pg_up 1$/m.test(metrics)) return;
  throw new Error(`the exporter cannot reach its engine: ${/^pg_up .*$/m.exec(metrics)?.[0] ?? 'pg_up is missing'}`);
}

/**
 * Runs one query on its own connection, which is always closed.
 *
 * @param timeoutMs the timeout for connecting, and again for the query
 */
export async function query<Row extends object>(
  connection: ConnectionInput,
  sql: string,
  timeoutMs: number,
  session: { readonly options?: string } = { options: sessionOptions },
): Promise<Row[]> {
  const timeouts = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  const client = new Client({ ...connection, ...timeouts, ...session });
  // The awaited call rejects with the same error; without a listener, the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
