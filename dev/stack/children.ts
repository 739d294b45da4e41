import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ChildSettings extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** What asks it to end in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Whether it says over an IPC channel that it is ready, and ends by itself when the channel closes. */
  readonly ipc?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** Where its log is, and the end of what it wrote itself. */
  lastWords(): string;
  /** Asks it to end, and kills it when it has not after the time; resolves when it has. */
  stop(killAfterMs?: number): Promise<void>;
}

const defaultKillAfterMs = 30_000;
const tailBytes = 4096;
const tailLines = 15;

/** Starts a process with its output in a file. It is ended by its id, never by its name, and ends with this process. */
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
  const { size: logStart } = fstatSync(log);
  // Its own group: a Ctrl-C on the terminal reaches the command alone, which stops its parts in order.
  const child = spawn(program, args, {
    ...options,
    detached: true,
    stdio: ['ignore', log, log, ...(ipc ? ['ipc' as const] : [])],
  });
  closeSync(log);
  if (!ipc) endWithThisProcess(child, stopSignal);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  return {
    name,
    pid: child.pid ?? 0,
    process: child,
    ended,
    lastWords: () => `its log is ${logFile}:\n${tailOf(logFile, logStart)}`,
    async stop(killAfterMs = defaultKillAfterMs) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * Ends a child when this process is gone, however it went: a shell waits for the pipe between them to close. The shell
 * has a group of its own, so that what kills ours does not kill it as well.
 *
 * @param whole also what the child has started: it was started `detached`, and so leads a group of its own
 */
export function endWithThisProcess(child: ChildProcess, signal: NodeJS.Signals, whole = false): void {
  if (child.pid === undefined) return;
  const target = whole ? -child.pid : child.pid;
  const script = `read -r _; kill -s ${signal.slice('SIG'.length)} -- ${target}`;
  const guard = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => guard.kill('SIGKILL'));
}

/** Resolves when a child has said that it is ready; rejects when it ends first. */
export async function untilReady(child: Child): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    child.process.on('message', (message) => {
      if ((message as { ready?: boolean }).ready === true) resolve();
    });
  });
  const how = await Promise.race([ready, child.ended]);
  if (how !== undefined) throw new Error(`${child.name} ended before it was ready (${how}); ${child.lastWords()}`);
}

/** Asks a child until it answers; rejects when it ends first or the time is over, and then it has ended. */
export async function untilAnswering(child: Child, ask: () => Promise<void>, timeoutMs: number): Promise<void> {
  let ended: string | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  for (const deadline = Date.now() + timeoutMs; ; await delay(50)) {
    try {
      return await ask();
    } catch (error) {
      if (ended === undefined && Date.now() < deadline) continue;
      const how = ended ?? `no answer within ${timeoutMs / 1000} s`;
      await child.stop();
      throw new Error(`${child.name} did not start (${how}); ${child.lastWords()}`, { cause: error });
    }
  }
}

/** The last lines of a file, of those after `start`. */
function tailOf(file: string, start: number): string {
  const log = openSync(file, 'r');
  try {
    const { size } = fstatSync(log);
    const from = Math.max(start, size - tailBytes);
    const bytes = Buffer.alloc(Math.max(size - from, 0));
    readSync(log, bytes, 0, bytes.length, from);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
  } finally {
    closeSync(log);
  }
}
