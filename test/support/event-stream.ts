import type { ApiClient } from './http';

/** One received event; `type` is `message` if the stream gives none. */
export interface ReadEvent {
  readonly id: string | null;
  readonly type: string;
  readonly data: any;
}

/** A client of an event stream, like `EventSource`. */
export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** All events so far. */
  readonly events: readonly ReadEvent[];
  /** The number of comments received. */
  comments(): number;
  /** Disconnects. */
  leave(): void;
  /** How the stream ended: properly by the API, or cut off. */
  readonly ended: Promise<'ended' | 'cut'>;
}

export async function readEvents(
  { url, key }: ApiClient,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const reader = new AbortController();
  const response = await fetch(new URL(path, url), {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: reader.signal,
  });
  const events: ReadEvent[] = [];
  let comments = 0;

  async function read(): Promise<'ended' | 'cut'> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          if (block.startsWith(':')) comments += 1;
          else events.push(eventOf(block));
        }
      }
      return 'ended';
    } catch {
      return 'cut';
    }
  }

  const { status, headers: answered } = response;
  return { status, headers: answered, events, comments: () => comments, leave: () => reader.abort(), ended: read() };
}

function eventOf(block: string): ReadEvent {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  return {
    id: fields.get('id') ?? null,
    type: fields.get('event') ?? 'message',
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
