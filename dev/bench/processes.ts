import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readStoreConfig } from '../../config/config';
import { openKeyStore } from '../../store/access/key-store';
import { createAdminKey } from '../stack/admin-key';

const root = path.join(__dirname, '..', '..');

/** What the programs of one bench share: a secret key of its own, the built workflows, no limit of requests. */
export function benchEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SLIPWAY_SECRET_KEY: randomBytes(32).toString('base64'),
    SLIPWAY_WORKFLOW_BUNDLE: path.join(root, 'dist', 'workflow-bundle.js'),
    SLIPWAY_RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'error',
    ...environment,
  };
}

/** A key of the installation's administrator, in a store whose schema is made for it. */
export async function adminKeyOf(environment: NodeJS.ProcessEnv): Promise<string> {
  const store = await openKeyStore(readStoreConfig(environment).store);
  try {
    return await createAdminKey(store);
  } finally {
    await store.close();
  }
}

/**
 * A program of ours in a process of its own, once it says that it is ready.
 *
 * @param began called with the process before it has said anything
 */
export async function startProcess(
  file: string,
  env: NodeJS.ProcessEnv,
  began: (child: ChildProcess) => void = () => undefined,
): Promise<ChildProcess> {
  const execArgv = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = fork(path.resolve(root, file), {
    env,
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // With dates as dates.
    serialization: 'advanced',
  });
  began(child);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: { readonly ready?: boolean }) => {
      if (message.ready === true) resolve();
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return child;
}

/** Asks a program to end, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Resident memory in bytes (VmRSS of proc_pid_status(5)). */
export function residentBytes({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Ticks of a process's time in `/proc` (sysconf(_SC_CLK_TCK), 100 wherever Linux runs). */
const ticksPerSecond = 100;

/** User and system time of a process on this machine (proc(5), fields 14 and 15); 0 of one that is gone. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
