import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { createDockerBackend } from '../../containers/docker/backend';
import { installationOf } from '../../domain/names';

/** SQLSTATEs of a store that was never migrated, and of a database that is gone. */
const noStore = ['42P01', '3D000'];

/** Limits the wait for a database that a test has left locked. */
const timeoutMs = 5_000;

/** The ids of the installations recorded in a database: one in a store, none in any other. */
export async function installationsIn(databaseUrl: string): Promise<string[]> {
  try {
    return (await rows<{ id: string }>(databaseUrl, 'SELECT id FROM installations')).map(({ id }) => id);
  } catch (error) {
    if (noStore.includes((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
}

/** The ids in every database of a server. */
export async function installationsOn(databaseUrl: string): Promise<string[]> {
  const sql = 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datconnlimit <> 0';
  const found = await rows<{ datname: string }>(databaseUrl, sql);
  const urls = found.map(({ datname }) => Object.assign(new URL(databaseUrl), { pathname: `/${datname}` }).href);
  return (await Promise.all(urls.map(installationsIn))).flat();
}

/** The ids in a file, one per line; none if the file does not exist. */
export async function installationsOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).trim().split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The Docker objects of these installations, such as `volume slipway-…`. */
export async function objectsOf(installations: readonly string[]): Promise<string[]> {
  const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
  const objects = await backend.list({ 'slipway.managed-by': 'slipway' });
  return objects
    .filter(({ labels }) => installations.includes(installationOf(labels) ?? ''))
    .map(({ kind, name }) => `${kind} ${name}`);
}

async function rows<Row extends object>(databaseUrl: string, sql: string): Promise<Row[]> {
  const timeouts = { connectionTimeoutMillis: timeoutMs, statement_timeout: timeoutMs };
  const client = new Client({ connectionString: databaseUrl, ...timeouts });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
