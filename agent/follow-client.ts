import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { FollowMessage } from './protocol';

/**
 * Asks for something that comes without end, a JSON value a line. Not by `fetch`, which gives up on an answer that is
 * quiet for five minutes. The signal ends it at any time; `headersTimeoutMs` is for its beginning alone.
 *
 * @returns an answer other than 200 as it is, for its status and its body
 */
export async function openMessages(
  url: URL,
  key: string,
  headersTimeoutMs: number,
  signal: AbortSignal,
): Promise<Response | AsyncIterable<FollowMessage>> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error(`no answer within ${headersTimeoutMs} ms`)), headersTimeoutMs);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { headers: { authorization: `Bearer ${key}` }, signal: AbortSignal.any([signal, silent.signal]) };
      get(url, options, resolve).on('error', reject);
    });
    if (answer.statusCode === 200) return messagesOf(answer);
    return new Response(new Uint8Array(await buffer(answer)), { status: answer.statusCode ?? 500 });
  } finally {
    clearTimeout(timer);
  }
}

async function* messagesOf(answer: IncomingMessage): AsyncGenerator<FollowMessage> {
  let rest = '';
  // Decoded as a stream: a character may come in two chunks.
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as FollowMessage;
  }
}
