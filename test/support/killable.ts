import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { ArrivedMessage, PassMessage } from './gated-worker';
import type { Checkpoint } from './points';

export interface KillableWorker {
  kill(): Promise<void>;
}

const nothingHeld: Checkpoint = () => Promise.resolve();

/**
 * Starts a worker in its own process; resolves when the worker is ready. Its activities wait at every point until the
 * checkpoint resolves.
 */
export async function startKillableWorker(
  environment: Readonly<Record<string, string>>,
  checkpoint: Checkpoint = nothingHeld,
): Promise<KillableWorker> {
  const child = fork(path.join(__dirname, 'gated-worker.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (message: Partial<ArrivedMessage>) => {
    if (message.arrived !== undefined) void pass(message as ArrivedMessage);
  });
  await untilReady(child);

  /** Releases an activity, unless the worker was killed in the meantime. */
  async function pass({ arrived, operationId, point }: ArrivedMessage): Promise<void> {
    await checkpoint(operationId, point);
    if (child.connected) child.send({ pass: arrived } satisfies PassMessage);
  }

  return {
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Rejects if the process ends before it is ready. */
async function untilReady(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the worker ended with ${code}`));
    const onMessage = ({ ready }: { ready?: boolean }): void => {
      if (ready !== true) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve();
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}
