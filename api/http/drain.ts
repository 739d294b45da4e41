import type { Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';

/** How long kept-alive connections stay open for requests still on their way. */
const lingerMs = 250;

/**
 * Prepares to stop a server without failing a request. Stopping it ends listening at once; requests that have arrived
 * or still arrive on open connections are answered with `Connection: close`; once no request has arrived for
 * `lingerMs`, the remaining connections are closed. `server.close()` would instead cut off kept-alive connections on
 * which a request is on its way, and wait for connections on which none ever arrives.
 *
 * @returns a function that stops the server and resolves when its last connection is closed
 */
export function drainOf(server: Server): () => Promise<void> {
  const unanswered = new Set<ServerResponse>();
  let draining = false;
  let lull: NodeJS.Timeout | undefined;

  function closeAfterLull(): void {
    if (draining && unanswered.size === 0) lull = setTimeout(() => server.closeAllConnections(), lingerMs);
  }

  // Runs before the application's own listener, so that the header is set before the application answers.
  server.prependListener('request', (_request, response) => {
    clearTimeout(lull);
    unanswered.add(response);
    if (draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      unanswered.delete(response);
      closeAfterLull();
    });
  });

  return async () => {
    draining = true;
    for (const response of unanswered) if (!response.headersSent) response.setHeader('Connection', 'close');
    const closed = new Promise((resolve) => Listener.prototype.close.call(server, resolve));
    closeAfterLull();
    await closed;
  };
}
