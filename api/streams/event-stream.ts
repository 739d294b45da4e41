import { once } from 'node:events';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { DatabaseError } from '../../domain/errors';
import { streamed } from '../http/caching';
import { createPolling } from './polling';

/** One event as it is sent (WHATWG HTML, 9.2, server-sent events). */
export interface ServerEvent {
  /** What `Last-Event-ID` says when the reader comes back. */
  readonly id?: string;
  /** `message` where it is missing. */
  readonly event?: string;
  readonly data: unknown;
}

export interface EventStreamSettings {
  /** So often a comment shows the reader, and what is between, that the stream lives. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long, while something waits for it, is cut off. */
  readonly stallTimeoutMs: number;
  /** Which of these keys are in force. */
  readonly inForceAmong: (keyIds: readonly string[]) => Promise<string[]>;
  /** So often the keys of all readers are looked for: how long, at most, one that is revoked has what it reads. */
  readonly keyIntervalMs: number;
  readonly logger: Logger;
}

export type EventStreams = ReturnType<typeof createEventStreams>;

/** Answers that are event streams; known here, so that they end when the API does, and when their key is not in force. */
export function createEventStreams(settings: EventStreamSettings) {
  const { heartbeatMs, stallTimeoutMs, inForceAmong, keyIntervalMs, logger } = settings;
  /** Each with the key of its reader. */
  const open = new Map<AbortController, string>();
  let isOver = false;

  const lookLater = createPolling({
    what: 'keys of event streams',
    intervalMs: keyIntervalMs,
    isWanted: () => open.size > 0,
    async look() {
      const keyIds = [...new Set(open.values())];
      const inForce = keyIds.length === 0 ? [] : await inForceAmong(keyIds);
      for (const [over, keyId] of open) if (!inForce.includes(keyId)) over.abort(endOfKey());
    },
    logger,
  });

  return {
    /**
     * Makes an answer a stream, without sending anything yet.
     *
     * @returns a signal that is aborted when the reader goes or is cut off, when its key is not in force any more, or when
     * the API ends; and what sends events as fast as the reader takes them, and ends the answer
     */
    open(response: Response, keyId: string) {
      const over = new AbortController();
      open.set(over, keyId);
      lookLater();
      response.once('close', () => {
        open.delete(over);
        over.abort();
      });
      if (isOver) over.abort(endOfApi());

      async function write(text: string): Promise<void> {
        over.signal.throwIfAborted();
        if (response.write(text)) return;
        const stall = setTimeout(() => {
          logger.warn({ stallTimeoutMs }, 'disconnected an event stream client that stopped reading');
          response.destroy();
        }, stallTimeoutMs);
        try {
          await once(response, 'drain', { signal: over.signal });
        } finally {
          clearTimeout(stall);
        }
      }

      async function send(events: AsyncIterable<ServerEvent>): Promise<void> {
        // A proxy before the API is told not to hold events back.
        const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': streamed, 'X-Accel-Buffering': 'no' };
        response.writeHead(200, headers).flushHeaders();
        const heartbeat = setInterval(() => {
          if (!response.writableNeedDrain) response.write(':\n\n');
        }, heartbeatMs);
        try {
          for await (const event of events) await write(textOf(event));
        } catch (error) {
          if (!over.signal.aborted) throw error;
        } finally {
          clearInterval(heartbeat);
        }
        // At the end of the API nobody waits until a slow reader has taken the rest.
        if (response.writableNeedDrain) response.destroy();
        else response.end();
      }

      return { signal: over.signal, send };
    },

    /** Ends every stream, and those to come; readers may come back to another API. */
    endAll(): void {
      isOver = true;
      for (const over of open.keys()) over.abort(endOfApi());
    },
  };
}

/** What a reader is told when there is no more for now: it is worth coming back. */
export function problemEvent({ code, message }: { readonly code: string; readonly message: string }): ServerEvent {
  return { event: 'problem', data: { code, detail: message } };
}

function endOfApi(): DatabaseError {
  return new DatabaseError('backend_unavailable', 'the API is shutting down; reconnect');
}

function endOfKey(): DatabaseError {
  return new DatabaseError('unauthenticated', 'the key is no longer valid');
}

function textOf({ id, event, data }: ServerEvent): string {
  const fields = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    // JSON has no line break in it.
    `data: ${JSON.stringify(data)}`,
  ];
  return `${fields.join('\n')}\n\n`;
}
