import { Client } from 'pg';

/**
 * What a refused request may change: the row of its Idempotency-Key, and what is written of refusals. Beside these, what
 * processes write to show that they live, and columns that only tell that something was used or read.
 */
const ownTables = /^(requests|audit.*|leases|workers|_prisma_migrations)$/;
const ownColumns = ['last_used_at', 'last_seen_at', 'place'];

/** By table. */
export type Digests = Readonly<Record<string, string>>;

/** Everything that a store holds, each table as a digest; the same as long as no row has changed. */
export async function openDigest(databaseUrl: string): Promise<{ read(): Promise<Digests>; close(): Promise<void> }> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  );
  const tables = rows.map(({ tablename }) => tablename).filter((name) => !ownTables.test(name));
  const row = `(to_jsonb(t) - '{${ownColumns.join(',')}}'::text[])::text`;
  const statement = tables
    .map(
      (name) =>
        `SELECT '${name}' AS name, md5(coalesce(string_agg(${row}, '' ORDER BY ${row}), '')) AS digest FROM ${name} t`,
    )
    .join(' UNION ALL ');
  return {
    async read() {
      const { rows: digests } = await client.query<{ name: string; digest: string }>(statement);
      return Object.fromEntries(digests.map(({ name, digest }) => [name, digest]));
    },
    close: () => client.end(),
  };
}
