import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { handshake, probeAfterMs } from './channel';

/** The server has not proved that it has the key, and received no request. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** Connections to workers, reused by later reads. */
export interface Connections {
  /**
   * Sends a request to a worker and resolves when the response begins; if the connection fails, so does the body. The
   * signal ends both at any time. Throws `HandshakeError`.
   */
  get(url: URL, signal: AbortSignal): Promise<IncomingMessage>;
  /** Closes them. Idle ones do not delay the end of the process. */
  close(): void;
}

export interface WholeAnswer {
  readonly status: number;
  readonly text: string;
}

/** TLS requires a name for the key, although there is only one. */
const identity = 'slipway';

export function createConnections(agentKey: Buffer): Connections {
  const agent = new Agent({
    ...handshake,
    keepAlive: true,
    keepAliveMsecs: probeAfterMs,
    maxCachedSessions: 0,
    pskCallback: () => ({ psk: agentKey, identity }),
    // There is no certificate to check.
    checkServerIdentity: () => undefined,
  });

  async function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const request = get(url, { agent, signal });
    const course = courseOf(request);
    // Once there is a response, errors are reported there.
    request.on('error', () => undefined);
    try {
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      return answer;
    } catch (error) {
      if (signal.aborted) throw error;
      // The worker closed the idle connection meanwhile. A read may be repeated.
      if (request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return ask(url, signal);
      if (course.isShakingHands) throw new HandshakeError('the key was not proved', { cause: error });
      throw error;
    }
  }

  return { get: ask, close: () => agent.destroy() };
}

/** Whether the TLS handshake of a request is in progress. */
function courseOf(request: ClientRequest): { readonly isShakingHands: boolean } {
  const course = { isShakingHands: false };
  request.once('socket', (socket) => {
    if (request.reusedSocket) return;
    socket.setKeepAlive(true, probeAfterMs);
    socket.once('connect', () => {
      course.isShakingHands = true;
    });
    socket.once('secureConnect', () => {
      course.isShakingHands = false;
    });
  });
  return course;
}

/** Reads a response to its end. */
export async function wholeOf(answer: IncomingMessage): Promise<WholeAnswer> {
  return { status: answer.statusCode ?? 500, text: await text(answer) };
}
