import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import { DatabaseError } from '../domain/errors';
import { handshake, probeAfterMs } from './channel';
import { createReads, type ReadSettings } from './reads';

/** Where a worker answers the API. */
export interface AgentAddress {
  /** Where it listens; port 0 for any. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where the API reaches it, if that is another address. */
  readonly url?: string | undefined;
}

export interface AgentSettings extends ReadSettings, AgentAddress {
  /** `agentKeyOf` the installation's secret key. */
  readonly agentKey: Buffer;
}

export interface AgentServer {
  /** Where the API reaches it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Who connects and has not proved within this time to have the key is cut off. */
const handshakeTimeoutMs = 5_000;

/** So that a scrape of metrics finds the connection of the one before. */
const keepAliveTimeoutMs = 60_000;

/** Strangers hold no more than this of what files the worker may have open. */
const maxConnections = 1_000;

/** Answers the API's reads of this host, and those alone who have the key. Throws `port_taken`. */
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
      // Those too that have not proved anything yet.
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
