import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ChildSettings extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** The signal for an orderly stop. */
  readonly stopSignal: NodeJS.Signals;
  /** Whether it reports over an IPC channel that it is ready, and ends by itself when the channel closes. */
  readonly ipc?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** The path of its log, and the end of its own output. */
  lastWords(): string;
  /** Sends the stop signal, and kills after the timeout; resolves when the process has ended. */
  stop(killAfterMs?: number): Promise<void>;
}

const defaultKillAfterMs = 30_000;
const tailBytes = 4096;
const tailLines = 15;

/**
 * Starts a process with its output in a file. It is stopped by its id, never by its name, and ends with this process.
 */
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
  // Its own process group: Ctrl-C on the terminal reaches only the command, which stops its parts in order.
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
 * Ends a child when this process is gone, for any reason: a shell waits for the pipe between them to close. The shell
 * has its own process group, so that a signal that kills ours does not kill it as well.
 *
 * @param whole also ends the processes that the child has started: started `detached`, it leads its own group
 */
export function endWithThisProcess(child: ChildProcess, signal: NodeJS.Signals, whole = false): void {
  if (child.pid === undefined) return;
  const target = whole ? -child.pid : child.pid;
  const script = `read -r _; kill -s ${signal.slice('SIG'.length)} -- ${target}`;
  const guard = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => guard.kill('SIGKILL'));
}

/** Resolves when a child reports that it is ready; rejects if it ends first. */
export async function untilReady(child: Child): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    child.process.on('message', (message) => {
      if ((message as { ready?: boolean }).ready === true) resolve();
    });
  });
  const how = await Promise.race([ready, child.ended]);
  if (how !== undefined) throw new Error(`${child.name} ended before it was ready (${how}); ${child.lastWords()}`);
}

/**
 * Calls `ask` until it succeeds. Rejects if the child ends first or does not respond in time; the child has then ended.
 */
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

/** The last lines of a file, from the offset `start` at the earliest. */
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
