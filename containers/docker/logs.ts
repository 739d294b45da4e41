import { StringDecoder } from 'node:string_decoder';
import type { Backend, LogLine } from '../backend';
import type { Engine } from './engine';
import { frames } from './frames';

/** The most that is kept of one line. */
export const maxLineBytes = 8 * 1024;

/** `2026-11-21T06:00:00.000000000Z` and a space. */
const timestampBytes = 31;

const newline = 0x0a;

export function createLogs({ docker, find }: Engine): Pick<Backend, 'logs'> {
  return {
    async logs(name, { tail }, call) {
      const options = { stdout: true, stderr: true, timestamps: true, follow: false, tail } as const;
      const log = await find(`read the log of ${name}`, call, (abortSignal) =>
        docker.getContainer(name).logs({ ...options, abortSignal }),
      );
      return log === null ? [] : logLines([log]);
    },
  };
}

/** Reads lines that begin with Docker's own time stamp, as `timestamps=true` gives them. */
export async function logLines(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const open: Record<LogLine['stream'], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  for await (const { stream, data } of frames(chunks)) {
    let from = 0;
    for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, from)) {
      lines.push(lineOf(stream, extended(open[stream], data.subarray(from, end))));
      open[stream] = Buffer.alloc(0);
      from = end + 1;
    }
    open[stream] = extended(open[stream], data.subarray(from));
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (open[stream].length > 0) lines.push(lineOf(stream, open[stream]));
  }
  return lines;
}

/** A line and what follows of it, as far as it is kept. */
function extended(line: Buffer, more: Buffer): Buffer {
  const room = timestampBytes + maxLineBytes - line.length;
  return room <= 0 ? line : Buffer.concat([line, more.subarray(0, room)]);
}

function lineOf(stream: LogLine['stream'], line: Buffer): LogLine {
  // The decoder keeps back a character that was cut in two.
  const text = new StringDecoder('utf8').write(line.subarray(timestampBytes));
  return { at: new Date(line.toString('ascii', 0, timestampBytes - 1)), stream, text };
}
