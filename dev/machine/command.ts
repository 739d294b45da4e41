import { type SpawnOptions, spawn } from 'node:child_process';
import { endWithThisProcess } from '../stack/children';

/** Runs a program until it ends; rejects with the end of its output if it fails. */
export async function run(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    endWithThisProcess(child, 'SIGTERM');
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-64 * 1024);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => reject(new Error(`${program} could not be run`, { cause: error })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args[0] ?? ''} ended with ${signal ?? code}:\n${output.slice(-4000)}`));
    });
  });
}
