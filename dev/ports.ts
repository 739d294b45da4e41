import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { SetupError } from './stages';

/** Throws, with who has it, when a port of 127.0.0.1 cannot be used. */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  if (await isFree(port)) return;
  throw new SetupError(`port ${port} is taken${ownerOf(port)}`, `set ${variable} to another port`);
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Which process listens on a port, where Linux's /proc can tell. */
function ownerOf(port: number): string {
  try {
    const inode = listeningInode(readFileSync('/proc/net/tcp', 'utf8'), port);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (inode !== undefined && hasSocket(pid, inode)) {
        return ` by ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
      }
    }
  } catch {
    // No /proc, or a process that went away: the port is taken all the same.
  }
  return '';
}

/** The inode of the socket that listens on a port, from the text of /proc/net/tcp (state 0A is LISTEN). */
export function listeningInode(table: string, port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const row = table.split('\n').find((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${hex} \\S+ 0A `).test(line));
  return row?.trim().split(/\s+/)[9];
}

function hasSocket(pid: string, inode: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`);
  } catch {
    // Another user's process, or one that went away.
    return false;
  }
}
