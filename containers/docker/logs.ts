import type { LogLine } from '../backend';
import { frames } from './frames';

/** The most that is kept of one line. */
export const maxLineBytes = 8 * 1024;

/** Reads lines that begin with Docker's own time stamp, as `timestamps=true` gives them. */
export async function logLines(chunks: AsyncIterable<Buffer>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const open = { stdout: '', stderr: '' };
  for await (const { stream, data } of frames(chunks)) {
    const parts = (open[stream] + data.toString('utf8')).split('\n');
    open[stream] = (parts.pop() ?? '').slice(0, maxLineBytes + timestampLength);
    for (const part of parts) lines.push(lineOf(stream, part));
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (open[stream] !== '') lines.push(lineOf(stream, open[stream]));
  }
  return lines.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** `2026-11-21T06:00:00.000000000Z` and a space. */
const timestampLength = 31;

function lineOf(stream: LogLine['stream'], line: string): LogLine {
  const space = line.indexOf(' ');
  return { at: new Date(line.slice(0, space)), stream, text: line.slice(space + 1, space + 1 + maxLineBytes) };
}
