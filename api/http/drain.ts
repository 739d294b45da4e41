import type { Server, ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';

/** How long a kept connection may yet bring a request, which is answered and then told to close. */
const lingerMs = 250;

/**
 * Makes ready to end a server without failing a request: it stops to listen at once, answers what came or is still
 * coming on the connections it has, each answer with `Connection: close`, and closes the rest once nothing came for a
 * moment. `server.close()` would cut off kept connections on which a request is on its way, and wait for those on
 * which none ever comes.
 *
 * @returns ends the server; resolves when its last connection is closed
 */
export function drainOf(server: Server): () => Promise<void> {
  const unanswered = new Set<ServerResponse>();
  let draining = false;
  let lull: NodeJS.Timeout | undefined;

  function closeAfterLull(): void {
    if (draining && unanswered.size === 0) lull = setTimeout(() => server.closeAllConnections(), lingerMs);
  }

  // Before the application's own listener, so that the header is there when it answers.
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
