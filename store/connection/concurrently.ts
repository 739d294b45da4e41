import type { Client } from 'pg';

/** The driver's client, with the server's process as the server named it at the start. */
type Connected = Client & { readonly processID: number | null };

/**
 * Runs a statement that PostgreSQL refuses in a transaction, such as CREATE INDEX CONCURRENTLY, which may take long and
 * keeps no request waiting. The invalid index that a cut attempt has left is dropped first.
 */
export async function runConcurrently(client: Client, sql: string): Promise<void> {
  await liftStatementTimeout(client);
  const [, index] = /\bINDEX CONCURRENTLY IF NOT EXISTS "(\w+)"/.exec(sql) ?? [];
  if (index !== undefined && (await isInvalid(client, index))) await client.query(`DROP INDEX CONCURRENTLY "${index}"`);
  await client.query(sql);
}

/**
 * Ends the limit for this session. A transaction pooler, which shows by a process of its own invention, would lend the
 * changed session to others: behind it the limit stays.
 */
async function liftStatementTimeout(client: Client): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (rows[0]?.pid === (client as Connected).processID) await client.query('SET statement_timeout = 0');
}

async function isInvalid(client: Client, index: string): Promise<boolean> {
  const sql = 'SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid';
  return (await client.query(sql, [`"${index}"`])).rows.length > 0;
}
