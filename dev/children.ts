import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface ChildSettings extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** What asks it to end in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Whether it says over an IPC channel that it is ready. */
  readonly ipc?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** Asks it to end, and kills it when it has not after the time; resolves when it has. */
  stop(killAfterMs?: number): Promise<void>;
}

const defaultKillAfterMs = 30_000;

/** Starts a process with its output in a file. It is ended by its id, never by its name. */
export function startChild({
  name,
  program,
  args,
  logFile,
  stopSignal,
  ipc = false,
  ...options
}: ChildSettings): Child {
  const log = openSync(logFile, 'a', 0o600);
  // Its own group: a Ctrl-C on the terminal reaches the command alone, which stops its parts in order.
  const child = spawn(program, args, {
    ...options,
    detached: true,
    stdio: ['ignore', log, log, ...(ipc ? ['ipc' as const] : [])],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  return {
    name,
    pid: child.pid ?? 0,
    process: child,
    ended,
    async stop(killAfterMs = defaultKillAfterMs) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves when a child has said that it is ready; rejects when it ends first. */
export async function untilReady({ name, process: child, ended }: Child, logFile: string): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if ((message as { ready?: boolean }).ready === true) resolve();
    });
  });
  const how = await Promise.race([ready, ended]);
  if (how !== undefined)
    throw new Error(`${name} ended before it was ready (${how}); its log is ${logFile}:\n${tailOf(logFile)}`);
}

export function tailOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
}

/** A process by its id and when it began, so that another one with a used id is not taken for it. */
interface KnownProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** Keeps which processes a stack has, for a later one to find what a killed one left. */
export async function recordProcesses(file: string, children: readonly Pick<Child, 'name' | 'pid'>[]): Promise<void> {
  const known = await Promise.all(
    children.map(
      async ({ name, pid }): Promise<KnownProcess> => ({ name, pid, startedAt: (await startTimeOf(pid)) ?? '' }),
    ),
  );
  await writeFile(file, JSON.stringify(known), { mode: 0o600 });
}

/** Ends what is left of a stack that was killed. Returns the names of what was ended. */
export async function endLeftovers(file: string): Promise<string[]> {
  const ended: string[] = [];
  for (const { name, pid, startedAt } of await readProcesses(file)) {
    if (startedAt === '' || (await startTimeOf(pid)) !== startedAt) continue;
    process.kill(pid, name === 'store' ? 'SIGINT' : 'SIGTERM');
    const deadline = Date.now() + defaultKillAfterMs;
    while ((await startTimeOf(pid)) === startedAt) {
      if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
      await delay(50);
    }
    ended.push(`${name} (process ${pid})`);
  }
  return ended;
}

async function readProcesses(file: string): Promise<KnownProcess[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as KnownProcess[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The 22nd field of /proc/<pid>/stat, in clock ticks since boot (proc_pid_stat(5)); null when there is no such process. */
async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    // Gone, or a system without /proc.
    return null;
  }
}
