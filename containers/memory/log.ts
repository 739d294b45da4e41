import { EventEmitter, on } from 'node:events';
import type { Call, LogLine, LogRange } from '../backend';

/** The timestamp of the last line, in nanoseconds since 1970; no two lines have the same. */
let lastWritten = 0n;

/** A container's log and its followers. */
export class MemoryLog {
  readonly #lines: LogLine[] = [];
  readonly #news = new EventEmitter<{ line: [LogLine]; end: [] }>();

  get followers(): number {
    return this.#news.listenerCount('line');
  }

  write(text: string, stream: LogLine['stream'] = 'stdout'): void {
    const line = { at: nextTime(), stream, text };
    this.#lines.push(line);
    this.#news.emit('line', line);
  }

  /** Ends all followers: the container has no processes left. */
  end(): void {
    this.#news.emit('end');
  }

  read({ tail, since = '' }: LogRange): LogLine[] {
    const last = tail === undefined ? this.#lines : this.#lines.slice(Math.max(0, this.#lines.length - tail));
    return last.filter(({ at }) => at >= since);
  }

  /** Subscribes at once, before the first line is requested. */
  follow(range: LogRange, call: Call | undefined): AsyncIterable<LogLine> {
    const options = { close: ['end'], ...(call?.signal === undefined ? {} : { signal: call.signal }) };
    return followed(this.read(range), on(this.#news, 'line', options), range, call);
  }
}

async function* followed(
  written: readonly LogLine[],
  news: AsyncIterableIterator<LogLine[]>,
  { since = '' }: LogRange,
  call: Call | undefined,
): AsyncGenerator<LogLine> {
  try {
    yield* written;
    for await (const lines of news) yield* lines.filter(({ at }) => at >= since);
  } catch (error) {
    // Node's own error does not contain the reason of the abort.
    call?.signal?.throwIfAborted();
    throw error;
  } finally {
    await news.return?.();
  }
}

function nextTime(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  lastWritten = now > lastWritten ? now : lastWritten + 1n;
  const second = new Date(Number(lastWritten / 1_000_000n)).toISOString().slice(0, 19);
  return `${second}.${String(lastWritten % 1_000_000_000n).padStart(9, '0')}Z`;
}
