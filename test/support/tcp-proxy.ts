import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

/** A way to a server that can be cut and mended, and that may change what the server says. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection and refuses new ones, as a server does that is down. */
  cut(): void;
  /** Ends every connection, takes new ones, and answers nothing on them. */
  silence(): void;
  /** Keeps every connection and passes nothing on any more, as a server that is stopped or a network that loses all. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface TcpProxySettings {
  readonly host: string;
  readonly port: number;
  /** What the client gets of a chunk that the server sent. */
  readonly rewrite?: (chunk: Buffer) => Buffer;
  /** Is told of what the clients sent. */
  readonly onSent?: (chunk: Buffer) => void;
  /** Made for each connection: says what becomes of it at each chunk that its client sent. */
  readonly newJudge?: () => (chunk: Buffer) => Verdict;
}

/** `cut`: the connection ends before the chunk is passed on; `lose reply`: after it was, when the server answers it. */
export type Verdict = 'pass' | 'cut' | 'lose reply';

/** Listens on loopback and passes every connection on. */
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
      // The other side learns of every end as an end.
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
    // Before the listener that would pass the answer on.
    if (verdict === 'lose reply') upstream.prependOnceListener('data', () => client.resetAndDestroy());
    upstream.write(chunk);
  });
  client.on('end', () => upstream.end());
}

/** The same URL by way of the proxy. */
export function throughProxy(url: string, { port }: TcpProxy): string {
  const changed = new URL(url);
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}

/** A proxy before the server of a PostgreSQL URL. */
export function proxyBefore(url: string, settings: Omit<TcpProxySettings, 'host' | 'port'> = {}): Promise<TcpProxy> {
  const { hostname: host, port } = new URL(url);
  return startTcpProxy({ host, port: Number(port || 5432), ...settings });
}
