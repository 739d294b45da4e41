import { Client, DatabaseError as PostgresError } from 'pg';
import type { ConnectionInput } from './connection';

/** What an authenticated probe learns. Two that agree on the start time were answered by the same server. */
export interface ProbeResult {
  readonly startedAt: string;
  readonly inRecovery: boolean;
}

/** SQLSTATE classes by which a server refuses a login: it answers, be it only with a no. */
const loginRefused = /^(28|3D)/;

export const probeTimeoutMs = 2_000;

/** Whether an engine answers over TCP at all; before its roles exist, by refusing the login. Throws while none does. */
export async function probeAnswer(address: Pick<ConnectionInput, 'host' | 'port'>): Promise<void> {
  try {
    await query({ ...address, user: 'slipway_probe', password: 'none', database: 'postgres' }, 'SELECT 1');
  } catch (error) {
    if (!(error instanceof PostgresError) || !loginRefused.test(error.code ?? '')) throw error;
  }
}

/** An authenticated query, answered by the engine over TCP. */
export async function probeReady(connection: ConnectionInput): Promise<ProbeResult> {
  const rows = await query(
    connection,
    'SELECT pg_postmaster_start_time()::text AS started, pg_is_in_recovery() AS recovering',
  );
  const { started, recovering } = rows[0] as { started: string; recovering: boolean };
  return { startedAt: started, inRecovery: recovering };
}

async function query(connection: ConnectionInput, sql: string): Promise<unknown[]> {
  const client = new Client({ ...connection, connectionTimeoutMillis: probeTimeoutMs, query_timeout: probeTimeoutMs });
  // The query in flight rejects with the same reason; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
