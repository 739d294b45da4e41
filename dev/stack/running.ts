import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '../machine/stages';
import type { Child } from './children';

/** A process by its id and its start, so that another process with a reused id is not mistaken for it. */
interface KnownProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string | null;
}

/** The command that has a state folder, and the parts that it runs. */
interface Running {
  readonly command: KnownProcess;
  readonly parts: readonly KnownProcess[];
}

const killAfterMs = 30_000;
const text = { encoding: 'utf8' } as const;

/**
 * Claims a state folder for this process, and ends the parts that a killed command has left. Returns their names.
 * Throws if the command that has the folder is alive.
 */
export async function claimHome(file: string): Promise<string[]> {
  const running = readRunning(file);
  if (running !== null && isAlive(running.command)) {
    throw new SetupError(
      `the state folder is in use by process ${running.command.pid}; ${file} says so`,
      'stop it, or set SLIPWAY_HOME to another folder and PORT and the other ports to other ones',
    );
  }
  const left = running?.parts.filter(isAlive) ?? [];
  for (const part of left) await end(part);
  recordRunning(file, []);
  return left.map(({ name, pid }) => `${name} (process ${pid})`);
}

/** Whether a state folder had a command that is no longer alive. */
export function isAbandoned(file: string): boolean {
  const running = readRunning(file);
  return running !== null && !isAlive(running.command);
}

/** Records the parts of this process, so that a later command can find any that are left. */
export function recordRunning(file: string, children: readonly Pick<Child, 'name' | 'pid'>[]): void {
  const known = ({ name, pid }: Pick<Child, 'name' | 'pid'>) => ({ name, pid, startedAt: startTimeOf(pid) });
  const running: Running = { command: known({ name: 'command', pid: process.pid }), parts: children.map(known) };
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
}

async function end(part: KnownProcess): Promise<void> {
  signal(part, part.name === 'store' ? 'SIGINT' : 'SIGTERM');
  for (const deadline = Date.now() + killAfterMs; isAlive(part); await delay(50)) {
    if (Date.now() > deadline) signal(part, 'SIGKILL');
  }
}

function signal({ pid }: KnownProcess, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readRunning(file: string): Running | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch (error) {
    // Never written, or cut off by a kill.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isAlive({ pid, startedAt }: KnownProcess): boolean {
  return startedAt !== null && startTimeOf(pid) === startedAt;
}

/** The start of a process in the system's own format; null if there is no such process. */
function startTimeOf(pid: number): string | null {
  try {
    return process.platform === 'linux' ? ticksOf(pid) : execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], text);
  } catch {
    // No such process.
    return null;
  }
}

/** The 22nd field of /proc/<pid>/stat, in clock ticks since boot (proc_pid_stat(5)). */
function ticksOf(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}
