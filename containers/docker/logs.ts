import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Backend, Call, LogLine, LogRange } from '../backend';
import type { Engine } from './engine';
import { statusOf, translated } from './errors';
import { frames } from './frames';

/** Maximum size of one line; the rest is discarded. */
export const maxLineBytes = 8 * 1024;

/** Length of `2026-11-21T06:00:00.000000000Z` and a space. */
const timestampBytes = 31;

const newline = 0x0a;

export function createLogs({ docker, find, open }: Engine): Pick<Backend, 'logs' | 'followLogs'> {
  return {
    async logs(name, range, call) {
      const log = await find(`read the log of ${name}`, call, (abortSignal) =>
        docker.getContainer(name).logs({ ...optionsOf(range), follow: false, abortSignal }),
      );
      const lines: LogLine[] = [];
      if (log !== null) for await (const line of logLines([log])) lines.push(line);
      return lines;
    },

    async followLogs(name, range, call) {
      const what = `follow the log of ${name}`;
      try {
        const stream = await open(what, call, (abortSignal) =>
          docker.getContainer(name).logs({ ...optionsOf(range), follow: true, abortSignal }),
        );
        return followed(what, stream as Readable, call);
      } catch (error) {
        if (statusOf(error) === 404) return followed(what, Readable.from([]), call);
        throw error;
      }
    },
  };
}

function optionsOf({ tail, since }: LogRange) {
  const last = tail === undefined ? {} : { tail };
  // dockerode's types allow whole seconds only.
  const after: object = since === undefined ? {} : { since: unixTime(since) };
  return { stdout: true, stderr: true, timestamps: true, ...last, ...after } as const;
}

/** Unix seconds with nine fractional digits (Docker Engine API, `GET /containers/{id}/logs`). */
function unixTime(at: string): string {
  return `${Math.floor(Date.parse(at) / 1000)}.${at.slice(-10, -1)}`;
}

async function* followed(what: string, stream: Readable, call: Call | undefined): AsyncGenerator<LogLine> {
  try {
    yield* logLines(stream);
  } catch (error) {
    call?.signal?.throwIfAborted();
    throw translated(what, error);
  } finally {
    stream.destroy();
  }
}

/** Reads lines that begin with Docker's timestamp, as sent for `timestamps=true`. */
export async function* logLines(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<LogLine> {
  const open: Record<LogLine['stream'], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  for await (const { stream, data } of frames(chunks)) {
    let from = 0;
    for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, from)) {
      const line = extended(open[stream], data.subarray(from, end));
      open[stream] = Buffer.alloc(0);
      from = end + 1;
      yield lineOf(stream, line);
    }
    open[stream] = extended(open[stream], data.subarray(from));
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (open[stream].length > 0) yield lineOf(stream, open[stream]);
  }
}

/** Appends to a line, up to its maximum size. */
function extended(line: Buffer, more: Buffer): Buffer {
  const room = timestampBytes + maxLineBytes - line.length;
  return room <= 0 ? line : Buffer.concat([line, more.subarray(0, room)]);
}

function lineOf(stream: LogLine['stream'], line: Buffer): LogLine {
  // The decoder holds back a character that was cut in two.
  const text = new StringDecoder('utf8').write(line.subarray(timestampBytes));
  return { at: line.toString('ascii', 0, timestampBytes - 1), stream, text };
}
