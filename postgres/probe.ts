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
  if (row === undefined) throw new Error('the engine returned no row');
  return row;
}

/** The parameters that have another value after a restart, by an authenticated query over TCP. Throws when none answers. */
export async function probePendingRestart(
  connection: ConnectionInput,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<string[]> {
  const sql = 'SELECT name FROM pg_settings WHERE pending_restart ORDER BY name';
  return (await query<{ name: string }>(connection, sql, timeoutMs)).map(({ name }) => name);
}

/** The settings that a running server takes up only by a restart (PostgreSQL, 53.25, `context`). */
export async function restartSettings(
  connection: ConnectionInput,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<string[]> {
  const sql = "SELECT name FROM pg_settings WHERE context = 'postmaster' ORDER BY name";
  return (await query<{ name: string }>(connection, sql, timeoutMs)).map(({ name }) => name);
}

/**
 * An authenticated query through the pooler, answered by the engine behind it. No session options: the pooler has
 * nowhere to keep them and refuses a client that brings some.
 */
export async function probePooler(connection: ConnectionInput, timeoutMs = defaultProbeTimeoutMs): Promise<void> {
  await query(connection, 'SELECT pg_postmaster_start_time()', timeoutMs, {});
}

/** Metrics, of an exporter that has reached its engine for them. Throws with what it says instead. */
export async function probeExporter(
  { host, port }: Pick<ConnectionInput, 'host' | 'port'>,
  timeoutMs = defaultProbeTimeoutMs,
): Promise<void> {
  const url = `http://${host}:${port}/metrics`;
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: Error) => {
    // Its own message says only that it failed.
    throw error.cause ?? error;
  });
  const metrics = await response.text();
  if (!response.ok) throw new Error(`the exporter responded with ${response.status}`);
  if (/^pg_up 1$/m.test(metrics)) return;
  throw new Error(`the exporter cannot reach its engine: ${/^pg_up .*$/m.exec(metrics)?.[0] ?? 'pg_up is missing'}`);
}

/**
 * One query on a connection of its own, which is closed in any case.
 *
 * @param timeoutMs how long it may take to connect, and again to be answered
 */
export async function query<Row extends object>(
  connection: ConnectionInput,
  sql: string,
  timeoutMs: number,
  session: { readonly options?: string } = { options: sessionOptions },
): Promise<Row[]> {
  const timeouts = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  const client = new Client({ ...connection, ...timeouts, ...session });
  // What is awaited rejects with the same reason; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
