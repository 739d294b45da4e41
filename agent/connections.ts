import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { handshake, probeAfterMs } from './channel';

/** Who listens has not proved to have the key, and was asked nothing. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** Connections to workers, kept for the next read. */
export interface Connections {
  /**
   * Asks a worker, and resolves with the beginning of its answer; its body ends by an error when the connection does.
   * The signal ends both at any time. Throws `HandshakeError`.
   */
  get(url: URL, signal: AbortSignal): Promise<IncomingMessage>;
  /** Ends them. Those that are only kept do not hold up the end of the process. */
  close(): void;
}

export interface WholeAnswer {
  readonly status: number;
  readonly text: string;
}

/** It has to be called something; there is one key. */
const identity = 'slipway';

export function createConnections(agentKey: Buffer): Connections {
  const agent = new Agent({
    ...handshake,
    keepAlive: true,
    keepAliveMsecs: probeAfterMs,
    maxCachedSessions: 0,
    pskCallback: () => ({ psk: agentKey, identity }),
    // There is no certificate to look at.
    checkServerIdentity: () => undefined,
  });

  async function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const request = get(url, { agent, signal });
    const course = courseOf(request);
    // Once there is an answer, it tells of errors.
    request.on('error', () => undefined);
    try {
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      return answer;
    } catch (error) {
      if (signal.aborted) throw error;
      // Its worker has closed it meanwhile. A read may be repeated.
      if (request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return ask(url, signal);
      if (course.isShakingHands) throw new HandshakeError('the key was not proved', { cause: error });
      throw error;
    }
  }

  return { get: ask, close: () => agent.destroy() };
}

/** How far a request has come on its way. */
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

/** Reads an answer to its end. */
export async function wholeOf(answer: IncomingMessage): Promise<WholeAnswer> {
  return { status: answer.statusCode ?? 500, text: await text(answer) };
}
