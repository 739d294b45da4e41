import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { DatabaseError } from '../../domain/errors';
import { connectionOf, type Endpoint, tlsRefusalOf } from './tls';

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as the Prisma CLI records it. */
  readonly checksum: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
}

export interface MigrateSettings extends Endpoint {
  /** How long connecting may take; 5 s by default. */
  readonly connectTimeoutMs?: number;
  /** How long any statement on this store may take. */
  readonly statementTimeoutMs: number;
}

/** The number of the advisory lock for Slipway's migrations. */
const migrationLock = 5_754_792;

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

/**
 * Brings the store's schema to this version, in one transaction under an advisory lock, so that processes that start
 * together take turns and a failure leaves the old schema. Refuses (throws) a server whose certificate does not verify, a
 * server older than PostgreSQL 15, a migration that failed, one that was changed after it was applied, and a schema newer
 * than this program.
 *
 * @returns the names of the migrations that were applied
 */
export async function migrate(settings: MigrateSettings): Promise<string[]> {
  const { statementTimeoutMs, connectTimeoutMs = 5_000, ...endpoint } = settings;
  const migrations = await readMigrations(path.join(__dirname, '..', '..', 'prisma', 'migrations'));
  const client = new Client({ ...connectionOf(endpoint), connectionTimeoutMillis: connectTimeoutMs });
  // A connection that breaks between queries has no caller; the next query rejects with the reason.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw tlsRefusalOf(error) ?? error;
  });
  try {
    await refuseOldServer(client);
    await client.query('BEGIN');
    // The limit is for requests: it must not end a long migration, or the wait for another process's.
    await client.query('SET LOCAL statement_timeout = 0');
    // A transaction's lock: a session's lock would be lost behind a transaction pooler.
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query(historyTable);
    const applied = await client.query<AppliedMigration>('SELECT * FROM "_prisma_migrations" ORDER BY "started_at"');
    const due = migrationsDue(migrations, applied.rows);
    for (const migration of due) await apply(client, migration);
    await setStatementTimeout(client, statementTimeoutMs);
    await client.query('COMMIT');
    return due.map(({ name }) => name);
  } finally {
    await client.end();
  }
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

/** The migrations still to apply, in order. Throws when the recorded history does not match the program's. */
export function migrationsDue(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const current = applied.filter(({ rolled_back_at }) => rolled_back_at === null);
  const problems = current.flatMap(({ migration_name: name, checksum, finished_at }) => {
    const migration = known.get(name);
    if (finished_at === null) return [`migration ${name} failed earlier and was not resolved`];
    if (migration === undefined) return [`migration ${name} is unknown: the schema is newer than this program`];
    return migration.checksum === checksum ? [] : [`migration ${name} was changed after it was applied`];
  });
  if (problems.length > 0)
    throw new DatabaseError('internal', `this program cannot use the store's schema: ${problems.join('; ')}`);
  const done = new Set(current.map(({ migration_name: name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw new DatabaseError('internal', `migration ${name} failed; the schema is unchanged`, {}, { cause: error });
  }
  await client.query(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
     VALUES (gen_random_uuid()::text, $1, $2, clock_timestamp(), 1)`,
    [checksum, name],
  );
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

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
