import type { Backend, Call } from './backend';

const mostLines = 20;
const mostCharacters = 3_000;

export interface LogTail {
  /** The last lines of the log, or why it could not be read; empty if there is no log. */
  readonly text: string;
  readonly isRead: boolean;
}

/** Reads the end of a container's log before the container is removed. Never rejects: a missing log stops nothing. */
export async function readLogTail(backend: Pick<Backend, 'logs'>, name: string, call: Call): Promise<LogTail> {
  try {
    const lines = await backend.logs(name, { tail: mostLines }, call);
    const text = lines.map((line) => line.text).join('\n');
    return { text: text.slice(-mostCharacters), isRead: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { text: `the log could not be read: ${reason}`, isRead: false };
  }
}
