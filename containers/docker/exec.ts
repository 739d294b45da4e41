import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { DatabaseError } from '../../domain/errors';
import type { Backend, ExecResult } from '../backend';
import type { Engine } from './engine';
import { type Frame, frames } from './frames';

/** The most that is kept of each of a command's outputs. */
const maxOutputBytes = 1024 * 1024;

/** Seconds from the end of a command's time, when it is asked to end, until it is killed. */
const killAfterSeconds = 5;

/** A command's output ends a moment before Docker has its exit code. */
const exitCodeIntervalMs = 10;

export function createExec({ docker, ask }: Engine): Pick<Backend, 'exec'> {
  return {
    async exec(name, { command, stdin, timeoutSeconds }, call) {
      // An aborted call leaves the process running in the container: `timeout` ends it in any case.
      const limited = ['timeout', '-k', String(killAfterSeconds), String(timeoutSeconds), ...command];
      const options = { Cmd: limited, AttachStdin: stdin !== undefined, AttachStdout: true, AttachStderr: true };
      const exec = await ask(`prepare ${command[0]} in ${name}`, call, (abortSignal) =>
        docker.getContainer(name).exec({ ...options, abortSignal }),
      );
      const output = await ask(
        `run ${command[0]} in ${name}`,
        call,
        async (abortSignal) => {
          const stream = await exec.start({ hijack: true, stdin: stdin !== undefined, abortSignal });
          return collect(stream, stdin, abortSignal);
        },
        'long',
      );
      const exitCode = await ask(`read the exit code of ${command[0]} in ${name}`, call, (abortSignal) =>
        exitCodeOf(exec, abortSignal),
      );
      if (exitCode !== null) return { ...output, exitCode };
      const { State: state } = await ask(`inspect container ${name}`, call, (abortSignal) =>
        docker.getContainer(name).inspect({ abortSignal }),
      );
      // Docker has no exit code of what it has not begun, either, whatever it answered when it was asked to.
      if (state.Running) throw new DatabaseError('backend_error', `${command[0]} was not started in ${name}`);
      throw new DatabaseError('container_exited', `container ${name} exited during ${command[0]}`);
    },
  };
}

async function exitCodeOf(exec: Docker.Exec, abortSignal: AbortSignal): Promise<number | null> {
  for (;;) {
    const { Running: running, ExitCode: exitCode } = await exec.inspect({ abortSignal });
    if (!running) return exitCode;
    await delay(exitCodeIntervalMs, undefined, { signal: abortSignal });
  }
}

async function collect(
  stream: Duplex,
  stdin: string | undefined,
  signal: AbortSignal,
): Promise<Omit<ExecResult, 'exitCode'>> {
  // Aborting the request does not close a connection that was taken over.
  const abort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (stdin !== undefined) stream.end(stdin);
    return await outputsOf(stream);
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}

/** What a command wrote; of each output the beginning. All of it is read, so that the command never waits for us. */
async function outputsOf(chunks: AsyncIterable<Buffer>): Promise<Record<Frame['stream'], string>> {
  const kept: Record<Frame['stream'], Buffer[]> = { stdout: [], stderr: [] };
  const room = { stdout: maxOutputBytes, stderr: maxOutputBytes };
  for await (const { stream, data } of frames(chunks)) {
    if (room[stream] === 0) continue;
    const part = data.subarray(0, room[stream]);
    kept[stream].push(part);
    room[stream] -= part.length;
  }
  return { stdout: Buffer.concat(kept.stdout).toString('utf8'), stderr: Buffer.concat(kept.stderr).toString('utf8') };
}
