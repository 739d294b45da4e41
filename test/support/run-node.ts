import { execFile } from 'node:child_process';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a file with Node and waits for it to end.
 *
 * @param file relative to the root
 * @param environment the complete environment of the process
 */
export function runNode(file: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(root, file), ...args],
      { cwd: root, env: environment },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The commands in a printed list, each with its summary. */
export function commandsIn(output: string): [string, string][] {
  return [...output.matchAll(/^ {2}(\S+) {2,}(\S.*)$/gm)].map(([, name = '', line = '']) => [name, line]);
}
