import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

type Line = Readonly<Record<string, unknown>>;

/** One of Slipway's programs as in production: from `dist/`, in its own process. */
export interface Program {
  /** The first log line that fits, past or future; rejects if the program ends without one. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** The exit code, or the signal that ended the program. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Everything written to stdout and stderr. */
  output(): string;
}

const dist = path.join(__dirname, '..', '..', 'dist');

export function startProgram(file: string, environment: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [path.join(dist, file)], {
    // Only the given environment, not that of this process.
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  const written: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    written.push(text);
    lines.push(parsed(text));
    for (const listener of listeners) listener();
  });
  createInterface({ input: child.stderr }).on('line', (text) => written.push(text));
  const ended = endOf(child);
  return {
    ended,
    output: () => written.join('\n'),
    signal: (name) => child.kill(name),
    async line(fits) {
      return new Promise<Line>((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then((code) => reject(new Error(`${file} ended with ${code}:\n${written.join('\n')}`)));
      });
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  // On `close`, unlike `exit`, the output is complete.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? signal;
}

function parsed(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    // Not a log line, such as a warning of Node.
    return { msg: text };
  }
}
