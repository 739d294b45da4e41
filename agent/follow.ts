import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Backend, LogRange } from '../containers/backend';
import { problemOfError } from '../domain/errors';
import type { FollowMessage, LogEnd } from './protocol';

/**
 * Responds with a container's log as it is written, a `FollowMessage` per line, read from the host no faster than the
 * caller consumes it. When the caller disconnects, the read from the host ends too.
 */
export async function followTo(response: Response, backend: Backend, name: string, range: LogRange): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const lines = await backend.followLogs(name, range, { signal: gone.signal });

  async function* messages(): AsyncGenerator<string> {
    try {
      for await (const line of lines) yield textOf({ line });
      yield textOf({ end: await endOf(backend, name) });
    } catch (error) {
      const { code, message } = problemOfError(error);
      yield textOf({ problem: { code, message } });
    }
  }

  response.type('application/x-ndjson').flushHeaders();
  try {
    await pipeline(Readable.from(messages()), response);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

function textOf(message: FollowMessage): string {
  return `${JSON.stringify(message)}\n`;
}

async function endOf(backend: Backend, name: string): Promise<LogEnd> {
  const container = await backend.inspectContainer(name);
  if (container === null || container.state === 'removing') return 'gone';
  return container.state === 'running' || container.state === 'paused' ? 'restarted' : 'stopped';
}
