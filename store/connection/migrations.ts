import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseError } from '../../domain/errors';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as the Prisma CLI records it. */
  readonly checksum: string;
}

/** A row of the history that the Prisma CLI shares. */
export interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
}

/** The migrations of a folder, in order: each has a folder of its own, with a `migration.sql`. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
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
