import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseError } from '../../domain/errors';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as the Prisma CLI records it. */
  readonly checksum: string;
  /**
   * One statement to run after `sql`, outside a transaction, for what would keep requests waiting in one. It may be
   * repeated. Null for most.
   */
  readonly concurrentSql: string | null;
}

/** A row of the history that the Prisma CLI shares. */
export interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
  /** 1 once `sql` has run, as the Prisma CLI writes it; 2 once `concurrentSql` has run, too. */
  readonly applied_steps_count: number;
}

/** The part of a migration that is next. */
export interface Due {
  readonly migration: Migration;
  readonly part: 'transaction' | 'concurrent';
}

/** The migrations of a folder, in order: each has a folder of its own, with `migration.sql` and perhaps `concurrent.sql`. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      const concurrentSql = await readFile(path.join(folder, name, 'concurrent.sql'), 'utf8').catch(nullIfMissing);
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex'), concurrentSql };
    }),
  );
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** What is to be applied next; undefined when nothing is. Throws as `migrationsDue` does. */
export function nextDue(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Due | undefined {
  const due = new Set(migrationsDue(migrations, applied));
  const isHalf = ({ name }: Migration) =>
    applied.some((one) => one.migration_name === name && one.rolled_back_at === null && one.applied_steps_count < 2);
  for (const migration of migrations) {
    if (due.has(migration)) return { migration, part: 'transaction' };
    if (migration.concurrentSql !== null && isHalf(migration)) return { migration, part: 'concurrent' };
  }
  return undefined;
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
