import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

/** A proxy for a server whose connections can be cut and restored, and whose responses can be rewritten. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection and resets new ones, like a server that is down. */
  cut(): void;
  /** Ends every connection; accepts new ones but never responds on them. */
  silence(): void;
  /** Keeps every connection and passes nothing on any more, as a server that is stopped or a network that loses all. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface TcpProxySettings {
  readonly host: string;
  readonly port: number;
  /** Changes a chunk from the server before the client gets it. */
  readonly rewrite?: (chunk: Buffer) => Buffer;
  /** Called with every chunk that a client sent. */
  readonly onSent?: (chunk: Buffer) => void;
  /** Creates a judge for each connection, which gives a verdict on every chunk from the client. */
  readonly newJudge?: () => (chunk: Buffer) => Verdict;
}

/** `cut`: the connection ends before the chunk is forwarded; `lose reply`: after that, when the server replies. */
export type Verdict = 'pass' | 'cut' | 'lose reply';

/** Listens on loopback and forwards every connection. */
export async function startTcpProxy({ host, port, rewrite, onSent, newJudge }: TcpProxySettings): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let way: 'open' | 'cut' | 'silent' = 'open';
  const server = createServer((client) => {
    if (way === 'cut') {
      client.resetAndDestroy();
      return;
    }
    if (way === 'silent') {
      sockets.add(client);
      client.on('error', () => undefined).once('close', () => sockets.delete(client));
      return;
    }
    const upstream = dial(port, host);
    if (onSent !== undefined) client.on('data', onSent);
    if (newJudge === undefined) client.pipe(upstream);
    else judged(client, upstream, newJudge());
    upstream.on('data', (chunk) => {
      if (way !== 'silent') client.write(rewrite?.(chunk) ?? chunk);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      // When one side ends, even by an error, the other side is closed too.
      socket
        .on('error', () => undefined)
        .once('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function endAll(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      way = 'cut';
      endAll();
    },
    silence() {
      way = 'silent';
      endAll();
    },
    freeze() {
      way = 'silent';
    },
    mend() {
      if (way === 'silent') endAll();
      way = 'open';
    },
    async close() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function judged(client: Socket, upstream: Socket, judge: (chunk: Buffer) => Verdict): void {
  client.on('data', (chunk) => {
    const verdict = judge(chunk);
    if (verdict === 'cut') return void client.resetAndDestroy();
    // Runs before the listener that would forward the reply.
    if (verdict === 'lose reply') upstream.prependOnceListener('data', () => client.resetAndDestroy());
    upstream.write(chunk);
  });
  client.on('end', () => upstream.end());
}

/** The same URL, through the proxy. */
export function throughProxy(url: string, { port }: TcpProxy): string {
  const changed = new URL(url);
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}

/** Starts a proxy for the server of a PostgreSQL URL. */
export function proxyBefore(url: string, settings: Omit<TcpProxySettings, 'host' | 'port'> = {}): Promise<TcpProxy> {
  const { hostname: host, port } = new URL(url);
  return startTcpProxy({ host, port: Number(port || 5432), ...settings });
}
