import type { Backend, Call } from '../containers/backend';

/** Enough to reach past the lines about refused probes: PostgreSQL 15 and later report progress every ten seconds. */
const mostLines = 200;

/** What the server logs for each client that it refuses while it recovers. */
const isRefusal = (line: string): boolean => /FATAL:\s+the database system is /.test(line);

/**
 * The last line of an engine's log that says what it is doing, such as the position of its recovery; null without one.
 * Never rejects: the line only explains.
 */
export async function readProgress(backend: Pick<Backend, 'logs'>, name: string, call: Call): Promise<string | null> {
  const lines = await backend.logs(name, { tail: mostLines }, call).catch(() => []);
  return lines.findLast(({ text }) => text !== '' && !isRefusal(text))?.text ?? null;
}
