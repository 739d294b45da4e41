import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { DatabaseError } from '../../domain/errors';
import { runConcurrently } from './concurrently';
import { type AppliedMigration, type Due, type Migration, nextDue, readMigrations } from './migrations';
import { connectionOf, type Endpoint, tlsRefusalOf } from './tls';

export interface MigrateSettings extends Endpoint {
  /** How long connecting may take; 5 s by default. */
  readonly connectTimeoutMs?: number;
  /** How long any statement on this store may take. */
  readonly statementTimeoutMs: number;
  /** The folder of the migrations; this program's by default. */
  readonly folder?: string;
  /** The pauses between attempts to lock a table that is in use; `lockPausesMs` by default. */
  readonly pausesMs?: readonly number[];
  /** Called before each pause. */
  readonly onBlocked?: (blocked: { readonly migration: string; readonly retryInMs: number }) => void;
}

/** The number of the advisory lock for Slipway's migrations. */
const migrationLock = 5_754_797;

/** How often a process asks for its turn. */
const turnPollMs = 200;

/**
 * How long a migration waits for a table that is in use, in milliseconds. Every request for the table that comes later
 * waits behind the migration.
 */
const lockTimeoutMs = 3_000;

/** Pauses of 1, 2, 4 … 30 s: with the time that each attempt waits for its lock, just below ten minutes. */
export const lockPausesMs: readonly number[] = [1, 2, 4, 8, 16, ...Array<number>(16).fill(30)].map((s) => s * 1_000);

/** PostgreSQL's `lock_not_available`: the lock timeout has passed. */
const lockNotAvailable = '55P03';

const ownFolder = path.join(__dirname, '..', '..', 'prisma', 'migrations');

/** `prisma migrate`'s own table, so that the CLI accepts this runner's history. */
const historyTable = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

/** The number of migrations that this program knows: the greater, the newer it is. */
export async function countOwnMigrations(): Promise<number> {
  return (await readMigrations(ownFolder)).length;
}

/**
 * Brings the store's schema to this version: one transaction for each migration, under an advisory lock, so that
 * processes that start together take turns and a failure leaves the schema as the migration before left it. A migration
 * that meets a table in use gives up its locks after 3 s and tries again, so that no request waits longer behind it. The
 * concurrent part of a migration follows outside a transaction; a cut one is repeated at the next start.
 * Refuses (throws) a server whose certificate does not verify, a server older than PostgreSQL 15, a migration that
 * failed, one that was changed after it was applied, and a schema newer than this program.
 *
 * @returns the names of the migrations that this process has completed
 */
export async function migrate(settings: MigrateSettings): Promise<string[]> {
  const migrations = await readMigrations(settings.folder ?? ownFolder);
  return withClient(settings, async (client) => {
    await refuseOldServer(client);
    const names: string[] = [];
    for (;;) {
      const applied = await inTurn(client, async () => {
        const next = nextDue(migrations, await readHistory(client));
        if (next === undefined) await setStatementTimeout(client, settings.statementTimeoutMs);
        else if (next.part === 'transaction') await apply(client, next.migration, settings);
        else await applyConcurrently(client, next.migration, settings);
        return next;
      });
      if (applied === undefined) return names;
      if (isLast(applied)) names.push(applied.migration.name);
    }
  });
}

/** Whether a part completes its migration. */
function isLast({ migration, part }: Due): boolean {
  return part === 'concurrent' || migration.concurrentSql === null;
}

/** Runs something with a connection of its own. Throws the refusal of a certificate. */
async function withClient<T>(settings: MigrateSettings, run: (client: Client) => Promise<T>): Promise<T> {
  const { connectTimeoutMs = 5_000, ...endpoint } = settings;
  const client = new Client({ ...connectionOf(endpoint), connectionTimeoutMillis: connectTimeoutMs });
  // A connection that breaks between queries has no caller; the next query rejects with the reason.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw tlsRefusalOf(error) ?? error;
  });
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** Runs something in a transaction, while no other process does. After an error only the end of the connection is left. */
async function inTurn<T>(client: Client, run: () => Promise<T>): Promise<T> {
  while (!(await beginTurn(client))) {
    // Not in the transaction: a statement that waits has a snapshot, for whose end a concurrent part would wait in turn.
    await client.query('ROLLBACK');
    await delay(turnPollMs);
  }
  const result = await run();
  await client.query('COMMIT');
  return result;
}

/** Begins a transaction; false when it is another process's turn. */
async function beginTurn(client: Client): Promise<boolean> {
  await client.query('BEGIN');
  // The limits are for requests: they must not end a long migration, or the wait for its locks.
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  // A transaction's lock: a session's lock would be lost behind a transaction pooler.
  const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [
    migrationLock,
  ]);
  return rows[0]?.ours === true;
}

async function readHistory(client: Client): Promise<AppliedMigration[]> {
  await client.query(historyTable);
  return (await client.query<AppliedMigration>('SELECT * FROM "_prisma_migrations" ORDER BY "started_at"')).rows;
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = rows[0]?.version ?? 0;
  if (version < 150_000) {
    throw new DatabaseError('internal', `the store must be PostgreSQL 15 or later, but the server is ${version}`);
  }
}

async function apply(client: Client, migration: Migration, settings: MigrateSettings): Promise<void> {
  const { name, sql, checksum } = migration;
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    await runUnblocked(client, sql, settings, name);
  } catch (error) {
    const reason = isBlocked(error)
      ? 'its tables stayed in use, perhaps by a backup or a long transaction'
      : 'it failed';
    const message = `migration ${name} was rolled back: ${reason}`;
    throw new DatabaseError('internal', message, {}, { cause: error });
  }
  await client.query(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
     VALUES (gen_random_uuid()::text, $1, $2, clock_timestamp(), 1)`,
    [checksum, name],
  );
}

/** Runs the concurrent part of a migration on a second connection, as the first one's transaction is the turn. */
async function applyConcurrently(client: Client, migration: Migration, settings: MigrateSettings): Promise<void> {
  const { name, concurrentSql } = migration;
  try {
    await withClient(settings, (second) => runConcurrently(second, concurrentSql ?? ''));
  } catch (error) {
    const message = `the concurrent part of migration ${name} failed, and is repeated at the next start`;
    throw new DatabaseError('internal', message, {}, { cause: error });
  }
  await client.query(
    `UPDATE "_prisma_migrations" SET "applied_steps_count" = 2
     WHERE "migration_name" = $1 AND "rolled_back_at" IS NULL`,
    [name],
  );
}

/** Runs a migration's SQL, again after a pause while a lock is not available. */
async function runUnblocked(
  client: Client,
  sql: string,
  { pausesMs = lockPausesMs, onBlocked }: MigrateSettings,
  migration: string,
): Promise<void> {
  for (const retryInMs of pausesMs) {
    await client.query('SAVEPOINT attempt');
    try {
      await client.query(sql);
      return;
    } catch (error) {
      if (!isBlocked(error)) throw error;
      // Frees the locks on tables, for the requests that wait behind them, and keeps the turn.
      await client.query('ROLLBACK TO SAVEPOINT attempt');
      onBlocked?.({ migration, retryInMs });
      await delay(retryInMs);
    }
  }
  await client.query(sql);
}

function isBlocked(error: unknown): boolean {
  return (Object(error) as { readonly code?: string }).code === lockNotAvailable;
}

/**
 * Set on the role rather than the session, so that it reaches every connection, also through PgBouncer, which refuses
 * the startup parameter and shares sessions.
 */
async function setStatementTimeout(client: Client, statementTimeoutMs: number): Promise<void> {
  await client.query(`
    DO $$ BEGIN
      EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET statement_timeout = ${Math.trunc(statementTimeoutMs)}', current_database());
    END $$`);
}
