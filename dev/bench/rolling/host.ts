import type { ChildProcess } from 'node:child_process';
import type { Backend } from '../../../containers/backend';
import { DatabaseError, type Problem, problemOfError } from '../../../domain/errors';

interface Ask {
  readonly ask: number;
  readonly call: keyof Backend;
  readonly args: readonly unknown[];
}

type Answer = { readonly ask: number } & ({ readonly result: unknown } | { readonly problem: Problem });

/** Streams cannot cross the channel; operations need none. */
const streams: readonly string[] = ['events', 'followLogs'];

/** Serves a worker's calls to its host from this process. */
export function serveHost(child: ChildProcess, backend: Backend): void {
  child.on('message', (message: Partial<Ask>) => {
    const { ask, call, args = [] } = message;
    if (ask === undefined || call === undefined) return;
    const run = backend[call] as (...given: unknown[]) => Promise<unknown>;
    const send = (answer: Answer): void => {
      // A child that was killed needs no answer; without a callback, the failed send would be an error of this process.
      if (child.connected) child.send(answer, () => undefined);
    };
    run(...args).then(
      (result) => send({ ask, result }),
      (error: unknown) => send({ ask, problem: problemOfError(error) }),
    );
  });
}

/** The host in this process's parent. Cancellation does not interrupt a call: calls take no time. */
export function parentsHost(): Backend {
  const waiting = new Map<number, (answer: Answer) => void>();
  process.on('message', (answer: Answer) => waiting.get(answer.ask)?.(answer));
  let asked = 0;

  function ask(call: keyof Backend, args: readonly unknown[]): Promise<unknown> {
    asked += 1;
    const id = asked;
    return new Promise((resolve, reject) => {
      waiting.set(id, (answer) => {
        waiting.delete(id);
        if ('result' in answer) resolve(answer.result);
        else reject(new DatabaseError(answer.problem.code, answer.problem.message, answer.problem.details));
      });
      process.send?.({ ask: id, call, args: args.filter((arg) => !isCallOptions(arg)) } satisfies Ask);
    });
  }

  return new Proxy({} as Backend, {
    get:
      (_target, call) =>
      async (...args: unknown[]) => {
        if (streams.includes(String(call)))
          throw new DatabaseError('not_supported', `no ${String(call)} over a channel`);
        return ask(call as keyof Backend, args);
      },
  });
}

function isCallOptions(arg: unknown): boolean {
  return arg !== null && typeof arg === 'object' && ('signal' in arg || 'onProgress' in arg);
}
