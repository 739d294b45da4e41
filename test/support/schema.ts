import { migrate } from '../../store/connection/migrate';
import { createTestDatabase, query } from './database';

/** The values that a column's CHECK accepts in the current schema, by `table.column`. */
export type AcceptedNames = ReadonlyMap<string, readonly string[]>;

export async function acceptedNames(): Promise<AcceptedNames> {
  const database = await createTestDatabase();
  try {
    await migrate({ databaseUrl: database.url, statementTimeoutMs: 10_000 });
    const checks = await query<{ column: string; definition: string }>(
      database.url,
      `SELECT conrelid::regclass || '.' || attname AS column, pg_get_constraintdef(pg_constraint.oid) AS definition
       FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum] WHERE contype = 'c'`,
    );
    const lists = checks.filter(({ definition }) => definition.includes('= ANY (ARRAY['));
    return new Map(lists.map(({ column, definition }) => [column, namesIn(definition)]));
  } finally {
    await database.drop();
  }
}

function namesIn(definition: string): string[] {
  return [...definition.matchAll(/'([^']*)'::text/g)].map(([, name]) => name ?? '');
}
