import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** What a connection may take, of room and of time. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Of all headers of a request and its first line; more is 431. */
  readonly maxHeaderBytes: number;
  /** Until the last header has come, from the first byte; longer is 408. */
  readonly headersTimeoutMs: number;
  /** Until the whole request has come. How long the answer takes is another matter: streams are long. */
  readonly requestTimeoutMs: number;
  /** How long a connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** How long a connection that is closed with its answer waits for the caller to close it, too. */
  readonly closingTimeoutMs: number;
  /** How often the times above are looked at. */
  readonly checkIntervalMs: number;
}

const defaultLimits: ConnectionLimits = {
  maxConnections: 4_000,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 10_000,
  closingTimeoutMs: 2_000,
  checkIntervalMs: 1_000,
};

/** The most headers that a request may have; what is more is dropped. */
const maxHeadersCount = 100;

/** A server that nobody holds up by being slow, or by being many. */
export function createLimitedServer(app: RequestListener, limits: ConnectionLimits = defaultLimits): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    app,
  );
  server.on('connection', (socket: Socket) => closeInStages(socket, limits.closingTimeoutMs));
  server.maxConnections = limits.maxConnections;
  server.maxHeadersCount = maxHeadersCount;
  return server;
}

/**
 * Closes a connection after its last answer in stages (RFC 9112, 9.6): one that is closed while the caller still sends is
 * reset, and takes with it what of the answer has not come yet.
 */
function closeInStages(socket: Socket, timeoutMs: number): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
