import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { installationsIn } from '../../dev/stack/installations';
import { recordInstallation } from './installations';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Ends every connection to the database and drops it. */
  drop(): Promise<void>;
}

/** A new database for one test file, on the server in `DATABASE_URL`. Its name ends in `_test`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `slipway_${randomBytes(6).toString('hex')}_test`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  requireTestName(url.href);
  return {
    url: url.href,
    name,
    async drop() {
      for (const id of await installationsIn(url.href)) recordInstallation(id);
      await onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Throws for a database whose name does not end in `_test`, because tests delete data. */
export function requireTestName(url: string): void {
  const name = new URL(url).pathname.slice(1);
  if (!name.endsWith('_test')) throw new Error(`tests refuse database ${name}: its name must end in _test`);
}

/** The URL of the server's maintenance database. */
export function serverUrl(): string {
  const url = new URL(required('DATABASE_URL'));
  url.pathname = '/postgres';
  return url.href;
}

/** An environment variable that `npm test` sets. */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run tests by npm test`);
  return value;
}

export async function onServer(url: string, sql: string): Promise<void> {
  await query(url, sql);
}

/** Runs one statement on its own connection. */
export async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
