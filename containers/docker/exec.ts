import type { Duplex } from 'node:stream';
import { DatabaseError } from '../../databases/errors';
import type { Backend, ExecResult } from '../backend';
import type { Engine } from './engine';
import { frames } from './frames';

/** The most that is kept of each of a command's outputs. */
const maxOutputBytes = 1024 * 1024;

/** Seconds between the end of a command's time and its being killed, and then until it is given up. */
const killAfterSeconds = 5;

export function createExec({ docker, ask }: Engine): Pick<Backend, 'exec'> {
  return {
    async exec(name, { command, stdin, timeoutSeconds }, call) {
      // A call that is cut off leaves its process running in the container: so it is not, and `timeout` ends it in time.
      const limited = ['timeout', '-k', String(killAfterSeconds), String(timeoutSeconds), ...command];
      const options = { Cmd: limited, AttachStdin: stdin !== undefined, AttachStdout: true, AttachStderr: true };
      const exec = await ask(`prepare a command in ${name}`, call, (abortSignal) =>
        docker.getContainer(name).exec({ ...options, abortSignal }),
      );
      const output = await ask(`run ${command[0]} in ${name}`, undefined, async (abortSignal) => {
        const stream = await exec.start({ hijack: true, stdin: stdin !== undefined, abortSignal });
        return collect(stream, stdin, abortSignal);
      });
      const { ExitCode } = await ask(`see how ${command[0]} in ${name} ended`, undefined, (abortSignal) =>
        exec.inspect({ abortSignal }),
      );
      if (ExitCode === null)
        throw new DatabaseError('container_exited', `container ${name} ended during ${command[0]}`);
      return { ...output, exitCode: ExitCode };
    },
  };
}

async function collect(
  stream: Duplex,
  stdin: string | undefined,
  signal: AbortSignal,
): Promise<Pick<ExecResult, 'stdout' | 'stderr'>> {
  // Aborting the request does not close a connection that was taken over.
  const abort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (stdin !== undefined) stream.end(stdin);
    const outputs = { stdout: '', stderr: '' };
    for await (const { stream: name, data } of frames(stream)) {
      outputs[name] = (outputs[name] + data.toString('utf8')).slice(0, maxOutputBytes);
    }
    return outputs;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}
