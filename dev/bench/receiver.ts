import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook's receiver that accepts everything. */
export interface BenchReceiver {
  readonly url: string;
  /**
   * The time of the next message of this type, by `performance.now()`. Rejects after a minute: a lost message ends the
   * bench.
   */
  told(type: string): Promise<number>;
  close(): Promise<void>;
}

/** Longer than any notification may take. */
const patienceMs = 60_000;

export async function startBenchReceiver(): Promise<BenchReceiver> {
  const happened = new EventEmitter();
  const server = createServer((request, response) => {
    const at = performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { type } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly type: string };
      response.writeHead(204).end();
      happened.emit(type, at);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async told(type) {
      const [at] = (await once(happened, type, { signal: AbortSignal.timeout(patienceMs) })) as [number];
      return at;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
