import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import { DatabaseError } from '../domain/errors';
import { handshake, probeAfterMs } from './channel';
import { createReads, type ReadSettings } from './reads';

/** Where a worker serves the API. */
export interface AgentAddress {
  /** The address to listen on; port 0 for any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The URL at which the API reaches it, if different. */
  readonly url?: string | undefined;
}

export interface AgentSettings extends ReadSettings, AgentAddress {
  /** `agentKeyOf` the installation's secret key. */
  readonly agentKey: Buffer;
}

export interface AgentServer {
  /** The URL at which the API reaches it. */
  readonly url: string;
  close(): Promise<void>;
}

/** A client that has not proved within this time that it has the key is disconnected. */
const handshakeTimeoutMs = 5_000;

/** Long enough for a scrape of metrics to reuse the connection of the previous one. */
const keepAliveTimeoutMs = 60_000;

/** Limits the worker's file descriptors that clients without the key can hold. */
const maxConnections = 1_000;

/** Serves the API's reads of this host, only to clients that have the key. Throws `port_taken`. */
export async function startAgent({ agentKey, listen, url, ...settings }: AgentSettings): Promise<AgentServer> {
  const connections = new Set<Socket>();
  const server = createServer(
    {
      ...handshake,
      pskCallback: () => agentKey,
      handshakeTimeout: handshakeTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: probeAfterMs,
    },
    createReads(settings),
  );
  server.maxConnections = maxConnections;
  server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  server.on('tlsClientError', (error, { remoteAddress }) => {
    settings.logger.warn({ err: error, remoteAddress }, 'refused a connection without proof of the secret key');
  });
  server.listen(listen);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(listen, error as NodeJS.ErrnoException);
  }
  const host = isIPv6(listen.host) ? `[${listen.host}]` : listen.host;
  return {
    url: url ?? `https://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // Including those that have not proved that they have the key.
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

function listenError({ host, port }: AgentAddress['listen'], cause: NodeJS.ErrnoException): Error {
  const message = `cannot listen for the API on ${host}, port ${port} (SLIPWAY_AGENT_ADDRESS): ${cause.code ?? cause.message}`;
  return cause.code === 'EADDRINUSE'
    ? new DatabaseError('port_taken', message, {}, { cause })
    : new Error(message, { cause });
}
