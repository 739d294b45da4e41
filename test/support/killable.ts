import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { HeldMessage, HoldMessage } from './gated-worker';
import type { Point } from './points';

export interface KillableWorker {
  /** Resolves when an activity is at the point; it stays there. */
  untilHeld(point: Point): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a worker in a process of its own; ready when this resolves. */
export async function startKillableWorker(environment: Readonly<Record<string, string>>): Promise<KillableWorker> {
  const child = fork(path.join(__dirname, 'gated-worker.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await message(child, (received) => (received as { ready?: boolean }).ready === true);
  return {
    async untilHeld(point) {
      const held = message(child, (received) => (received as Partial<HeldMessage>).held !== undefined);
      child.send({ hold: point } satisfies HoldMessage);
      await held;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The first message that fits; rejects when the process ends before. */
async function message(child: ChildProcess, fits: (received: unknown) => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the worker ended with ${code}`));
    const onMessage = (received: unknown): void => {
      if (!fits(received)) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve();
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}
