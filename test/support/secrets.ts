import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import Docker from 'dockerode';
import { readApiConfig } from '../../config/config';
import { openTemporal } from '../../process/connect';
import { query } from './database';

// Where a secret could be found: each function returns everything that one place holds, as text.

/** The ways in which a text may be written: as it is, and as JSON, URLs, payloads and binary columns show it. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, quoted, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')])];
}

/** Reads every process again and again until it is stopped; returns the arguments and environments of all. */
export function watchProcesses(): { stop(): string } {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          seen.add(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        } catch {
          // The process has ended, or belongs to somebody else.
        }
      }
    }
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return [...seen].join('\n');
    },
  };
}

export async function contentsOf(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(contents)).join('\n');
}

/** Every column of every row of a store; binary columns are in hexadecimal. */
export async function rowsOf(url: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = tables.map(({ name }) => query<{ row: string }>(url, `SELECT t::text AS row FROM ${name} AS t`));
  return (await Promise.all(rows))
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** The histories of all runs, with the contents of their payloads. */
export async function historiesOf(environment: Readonly<Record<string, string>>): Promise<string> {
  const { client } = openTemporal(readApiConfig(environment), { workers: { liveBuilds: async () => [] } });
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'data' && typeof child === 'string') texts.push(Buffer.from(child, 'base64').toString('utf8'));
      collect(child);
    }
  };
  try {
    for await (const { workflowId, runId } of client.workflow.list()) {
      const json = historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory());
      texts.push(json);
      collect(JSON.parse(json));
    }
  } finally {
    await client.connection.close();
  }
  return texts.join('\n');
}

const filtersOf = (databaseId: string) => ({ label: [`slipway.database=${databaseId}`] });

/** Everything that an inspection of a database's containers, networks and volumes shows. */
export async function objectsOf(docker: Docker, databaseId: string): Promise<string> {
  const filters = filtersOf(databaseId);
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  const objects = await Promise.all([
    ...containers.map(({ Id: id }) => docker.getContainer(id).inspect()),
    ...networks.map(({ Id: id }) => docker.getNetwork(id).inspect()),
    ...volumes.map(({ Name: name }) => docker.getVolume(name).inspect()),
  ]);
  return JSON.stringify(objects);
}

/** The logs of a database's containers. */
export async function containerLogsOf(docker: Docker, databaseId: string): Promise<string> {
  const containers = await docker.listContainers({ all: true, filters: filtersOf(databaseId) });
  const logs = containers.map(({ Id: id }) => docker.getContainer(id).logs({ stdout: true, stderr: true }));
  return (await Promise.all(logs)).map((log) => log.toString('utf8')).join('\n');
}

/** Docker's events about a database's containers since a moment: they have the arguments of every exec. */
export async function dockerEventsOf(docker: Docker, databaseId: string, since: Date): Promise<string> {
  const [from, until] = [since.getTime() / 1000, Date.now() / 1000 + 0.01];
  const span = { since: from.toFixed(3), until: until.toFixed(3) };
  return text(await docker.getEvents({ ...span, filters: filtersOf(databaseId) } as object));
}
