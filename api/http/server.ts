import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Limits on connections, in bytes and in time. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** For the request line and all headers together; a larger request gets 431. */
  readonly maxHeaderBytes: number;
  /** From the first byte to the last header; a slower request gets 408. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the request. The response is not limited, as streams are long. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept open for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** How long a connection that closes after its response waits for the caller to close its side. */
  readonly closingTimeoutMs: number;
  /** How often the timeouts above are checked. */
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

/** Maximum number of headers in a request; further headers are dropped. */
const maxHeadersCount = 100;

/** A server that neither slow clients nor many of them can block. */
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
 * Closes a connection in stages after its last response (RFC 9112, 9.6): closing it while the caller is still sending
 * resets it, and the caller loses the part of the response that has not arrived yet.
 */
function closeInStages(socket: Socket, timeoutMs: number): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
