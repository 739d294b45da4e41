import { once } from 'node:events';
import { createServer } from 'node:http';
import { type HealthDependencies, readinessOf } from '../process/readiness';

/**
 * Serves the worker's `/livez` and `/readyz` as the API serves its own.
 *
 * @param address host and port
 */
export async function startHealthListener(
  address: string,
  health: HealthDependencies,
): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void answerTo(request.url).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async function answerTo(url: string | undefined): Promise<{ readonly status: number; readonly body: object }> {
    if (url === '/livez') return { status: 200, body: { live: true } };
    return url === '/readyz' ? readinessOf(health) : { status: 404, body: {} };
  }

  const [host, port] = address.split(':');
  server.listen(Number(port), host);
  await once(server, 'listening');
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
