import type { IncomingMessage } from 'node:http';
import { type Connections, type WholeAnswer, wholeOf } from './connections';
import type { FollowMessage } from './protocol';

/**
 * Requests an endless response with a JSON value per line. The signal ends it at any time; `headersTimeoutMs` applies
 * only until it begins.
 *
 * @returns the messages; for a status other than 200, the status and the body
 */
export async function openMessages(
  connections: Connections,
  url: URL,
  headersTimeoutMs: number,
  signal: AbortSignal,
): Promise<WholeAnswer | AsyncIterable<FollowMessage>> {
  const silent = new AbortController();
  const timer = setTimeout(
    () => silent.abort(new Error(`no response within ${headersTimeoutMs} ms`)),
    headersTimeoutMs,
  );
  try {
    const answer = await connections.get(url, AbortSignal.any([signal, silent.signal]));
    return answer.statusCode === 200 ? messagesOf(answer) : await wholeOf(answer);
  } finally {
    clearTimeout(timer);
  }
}

async function* messagesOf(answer: IncomingMessage): AsyncGenerator<FollowMessage> {
  let rest = '';
  // Decoded as a stream: a character may be split between two chunks.
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as FollowMessage;
  }
}
