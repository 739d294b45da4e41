import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

/** Test files to be run one after the other, and a file's path with the text to be run in its place. */
export interface Order {
  readonly tests: readonly string[];
  readonly mutated: readonly [string, string] | null;
}

export interface Answer {
  /** `lost` when the process was ended, by its timeout or by itself. */
  readonly outcome: 'passed' | 'failed' | 'impure' | 'lost';
  /** The files of ours that the tests loaded. */
  readonly files: readonly string[];
  readonly ms: number;
}

/** A mutant may run for ever. The longest test of `test/domain` takes a tenth of this. */
const timeoutMs = 60_000;

const lost: Answer = { outcome: 'lost', files: [], ms: timeoutMs };

/**
 * Carries out orders in processes that live until the last order, at most so many at a time.
 *
 * @param root the folder that paths are relative to
 * @returns the answers in the order of the orders
 */
export async function carryOutAll(
  root: string,
  orders: readonly Order[],
  processes: number,
  answered: (answer: Answer, index: number) => void = () => undefined,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;

  async function work(): Promise<void> {
    let child: ChildProcess | undefined;
    try {
      for (let index = next++; index < orders.length; index = next++) {
        const order = orders[index] as Order;
        if (child === undefined || !child.connected) child = start(root);
        const answer = await ask(child, order);
        answers[index] = answer;
        answered(answer, index);
      }
    } finally {
      child?.kill('SIGKILL');
    }
  }

  await Promise.all(Array.from({ length: Math.min(processes, orders.length) }, work));
  return answers;
}

function start(root: string): ChildProcess {
  const execArgv = ['--require', require.resolve('tsx/cjs')];
  return fork(path.join(__dirname, 'worker.ts'), [root], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function ask(child: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      child.off('message', end).off('exit', onExit);
      resolve(answer);
    };
    const onExit = () => end(lost);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('message', end).on('exit', onExit);
    child.send(order);
  });
}
