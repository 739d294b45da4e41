import { once } from 'node:events';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { DatabaseError } from '../../domain/errors';
import { streamed } from '../http/caching';
import { createPolling } from './polling';

/** One server-sent event (WHATWG HTML, 9.2). */
export interface ServerEvent {
  /** Sent back as `Last-Event-ID` when the client reconnects. */
  readonly id?: string;
  /** Default: `message`. */
  readonly event?: string;
  readonly data: unknown;
}

export interface EventStreamSettings {
  /** How often a comment shows clients and proxies that the stream is alive. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing while data is waiting, before it is disconnected. */
  readonly stallTimeoutMs: number;
  /** The keys among these that are valid. */
  readonly inForceAmong: (keyIds: readonly string[]) => Promise<string[]>;
  /** How often the keys of open streams are checked, so how long a stream may outlive a revoked key. */
  readonly keyIntervalMs: number;
  readonly logger: Logger;
}

export type EventStreams = ReturnType<typeof createEventStreams>;

/** Responses that are event streams; tracked so that they end when the API stops or their key becomes invalid. */
export function createEventStreams(settings: EventStreamSettings) {
  const { heartbeatMs, stallTimeoutMs, inForceAmong, keyIntervalMs, logger } = settings;
  /** The open streams, each with the id of its key. */
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
     * Makes a response an event stream, without sending anything yet.
     *
     * @returns `signal`, aborted when the connection ends, when the key becomes invalid, or when the API stops; and
     * `send`, which sends events as fast as the client reads them, then ends the response
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
        // `X-Accel-Buffering` keeps nginx from buffering events.
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
        // The shutdown of the API must not wait for a slow client to read the rest.
        if (response.writableNeedDrain) response.destroy();
        else response.end();
      }

      return { signal: over.signal, send };
    },

    /** Ends every open and future stream; clients can reconnect to another API. */
    endAll(): void {
      isOver = true;
      for (const over of open.keys()) over.abort(endOfApi());
    },
  };
}

/** The last event of a stream that failed: the client should reconnect. */
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
    // JSON contains no line breaks.
    `data: ${JSON.stringify(data)}`,
  ];
  return `${fields.join('\n')}\n\n`;
}
