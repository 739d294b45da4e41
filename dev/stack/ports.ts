import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { SetupError } from '../machine/stages';
import type { TemporalConfig } from './temporal-config';

/** The ports of 127.0.0.1 that a stack listens on. */
export interface StackPorts {
  readonly api: number;
  readonly store: number;
  /** Temporal's port. */
  readonly port: number;
  /** The port of Temporal's Web UI. */
  readonly uiPort: number;
}

/** The variables that set these ports. */
export const portVariables = {
  api: 'PORT',
  store: 'SLIPWAY_STORE_PORT',
  port: 'SLIPWAY_TEMPORAL_PORT',
  uiPort: 'SLIPWAY_TEMPORAL_UI_PORT',
} as const satisfies Record<keyof StackPorts, string>;

/** The ports from the environment. Throws with every invalid one. */
export function portsOf(
  environment: Readonly<Record<string, string | undefined>>,
  temporal: Pick<TemporalConfig, 'port' | 'uiPort'>,
): StackPorts {
  const defaults: StackPorts = { api: 8000, store: 5433, port: temporal.port, uiPort: temporal.uiPort };
  const problems: string[] = [];
  const users = new Map<number, string>();
  const portOf = (part: keyof StackPorts): number => {
    const variable = portVariables[part];
    const text = environment[variable] ?? String(defaults[part]);
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) problems.push(`${variable} is "${text}", not a port`);
    else if (users.has(port)) problems.push(`${users.get(port)} and ${variable} are both ${port}`);
    else users.set(port, variable);
    return port;
  };
  const ports = { api: portOf('api'), store: portOf('store'), port: portOf('port'), uiPort: portOf('uiPort') };
  if (problems.length > 0) throw new SetupError(problems.join('; '), 'set each to a port of its own, 1 to 65535');
  return ports;
}

/** Throws, with the process that has it, if a port of 127.0.0.1 cannot be used. */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  const code = await whyNotFree(port);
  if (code === null) return;
  const reason = code === 'EADDRINUSE' ? `is taken${ownerOf(port)}` : `cannot be used (${code})`;
  throw new SetupError(`port ${port} ${reason}`, `set ${variable} to another port`);
}

/**
 * The range of free ports. The kernel may give a port of its own range (Linux: from 32768, ip(7)) to an outgoing
 * connection before a server listens on it; the databases' ports are in between.
 */
const free = { from: 10_000, to: 19_999 };

/** Maximum number of attempts, far more than are needed. */
const tries = 100;

/** Ports already handed out by this process: a server may listen on its port later, or never. */
const given = new Set<number>();

/** A port that is free now, and that nobody else gets by chance before a server listens on it. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < tries; tried += 1) {
    const port = randomInt(free.from, free.to + 1);
    if (given.has(port)) continue;
    given.add(port);
    if ((await whyNotFree(port)) === null) return port;
  }
  throw new SetupError(`of ${tries} ports from ${free.from} to ${free.to} none is free`, 'end what listens there');
}

/** The code of the error when listening on a port; null if there is none. */
async function whyNotFree(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

/** The process that listens on a port, if Linux's /proc can tell. */
function ownerOf(port: number): string {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(textOf);
  const sockets = tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`);
  const pid = entriesOf('/proc').find((name) => /^\d+$/.test(name) && hasSocket(name, sockets));
  return pid === undefined ? '' : ` by ${textOf(`/proc/${pid}/comm`).trim()} (process ${pid})`;
}

/** The inodes of the sockets that listen on a port, from the text of /proc/net/tcp or tcp6 (state 0A is LISTEN). */
export function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex} \\S+ 0A `);
  const rows = table.split('\n').filter((line) => listening.test(line));
  return rows.flatMap((row) => row.trim().split(/\s+/)[9] ?? []);
}

function hasSocket(pid: string, sockets: readonly string[]): boolean {
  const folder = `/proc/${pid}/fd`;
  return entriesOf(folder).some((fd) => sockets.includes(targetOf(`${folder}/${fd}`)));
}

// Entries of /proc that are missing, gone or closed to this user read as empty.

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
