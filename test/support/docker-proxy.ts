import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf } from '../../containers/docker/connection';
import { callOf, type DockerFault, garbled, lieOf, type Reply, type Shot } from './docker-faults';

/** A proxy for a Docker engine that can inject a fault into one call at a time. */
export interface DockerProxy {
  readonly dockerHost: string;
  /** The calls since the last `takeCalls`, such as `POST /containers/create`, in order. */
  takeCalls(): string[];
  /** Sets the fault for one future call, replacing the previous one; null for none. */
  aim(shot: Shot | null): void;
  /** Whether the targeted call has occurred. */
  hasStruck(): boolean;
  /** Edits the JSON of every future response to a call of this kind; null for none. */
  edit(edit: Edit | null): void;
  close(): Promise<void>;
}

export interface Edit {
  readonly call: string;
  readonly change: (body: any) => unknown;
}

export interface DockerProxySettings {
  /** The engine behind the proxy; by default the one on the default socket. */
  readonly dockerHost?: string | undefined;
  /** How long a silence lasts, unless the caller disconnects first. */
  readonly silenceMs: number;
}

let serial = 0;

/** Listens on its own socket and forwards everything, including streams and exec sessions. */
export async function startDockerProxy({ dockerHost, silenceMs }: DockerProxySettings): Promise<DockerProxy> {
  const { host, port, socketPath } = addressOf(dockerHost);
  const target = host === undefined ? { path: socketPath ?? '' } : { host, port: Number(port) };
  const socketFile = path.join(tmpdir(), `slipway-docker-${process.pid}-${++serial}.sock`);
  const sockets = new Set<Duplex>();
  let calls: string[] = [];
  let aimed: (Shot & { passed: number }) | null = null;
  let struck = false;
  let edited: Edit | null = null;

  /** Records a call and returns its fault, if any. */
  function faultFor(call: string): DockerFault | null {
    calls.push(call);
    if (aimed === null || aimed.call !== call) return null;
    aimed.passed += 1;
    if (aimed.passed !== aimed.nth) return null;
    const { fault } = aimed;
    aimed = null;
    struck = true;
    return fault;
  }

  /** Resolves when the silence is over or the caller disconnects. */
  async function silence(caller: Duplex): Promise<void> {
    const over = new AbortController();
    caller.once('close', () => over.abort());
    await delay(silenceMs, undefined, { signal: over.signal }).catch(() => undefined);
  }

  /** Forwards a call with its body in one piece: the engine answers some calls before the end of a chunked body. */
  function upstream(
    { method, url, headers: { 'transfer-encoding': _pieces, ...headers } }: IncomingMessage,
    body: Buffer,
  ) {
    const where = 'path' in target ? { socketPath: target.path } : target;
    const own = { connection: 'close', 'content-length': body.length };
    return httpRequest({ ...where, method, path: url, headers: { ...headers, ...own } }).end(body);
  }

  /** Forwards a call and returns the whole response. */
  async function carriedOut(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    const [answer] = (await once(upstream(incoming, body), 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, body: await buffer(answer) };
  }

  async function strike(fault: DockerFault, call: string, incoming: IncomingMessage, body: Buffer): Promise<void> {
    const { socket } = incoming;
    switch (fault) {
      case 'reset':
        return void socket.destroy();
      case '304':
      case '404':
      case '409':
      case '500':
        return send(socket, lieOf(fault, call));
      case 'silence':
        await silence(socket);
        return send(socket, await carriedOut(incoming, body));
      case 'reply lost':
        await carriedOut(incoming, body);
        return void socket.destroy();
      case 'cut':
        return send(socket, await carriedOut(incoming, body), 'half of it');
      case 'no JSON':
      case 'wrong shape':
        return send(socket, garbled(fault, await carriedOut(incoming, body)));
    }
  }

  const server = createServer((incoming, outgoing) => {
    const call = callOf(incoming.method ?? '', incoming.url ?? '');
    const fault = faultFor(call);
    void buffer(incoming)
      .then((body) => {
        if (fault !== null) return strike(fault, call, incoming, body);
        return call === edited?.call ? passEdited(edited, incoming, body) : passOn(incoming, body, outgoing);
      })
      .catch(() => incoming.socket.destroy());
  });

  async function passEdited({ change }: Edit, incoming: IncomingMessage, body: Buffer): Promise<void> {
    const reply = await carriedOut(incoming, body);
    const changed = JSON.stringify(change(JSON.parse(reply.body.toString())));
    send(incoming.socket, { ...reply, body: Buffer.from(changed) });
  }

  function passOn(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    const sending = upstream(incoming, body);
    sending.on('error', () => incoming.socket.destroy());
    sending.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.on('error', () => incoming.socket.destroy()).pipe(outgoing);
      // A response cut off upstream is cut off here too.
      answer.once('close', () => answer.complete || incoming.socket.destroy());
    });
    outgoing.once('close', () => sending.destroy());
  }

  // An exec session: its connection is upgraded to carry input and output.
  server.on('upgrade', (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    const call = callOf(incoming.method ?? '', incoming.url ?? '');
    const fault = faultFor(call);
    void takenOver(fault, call, incoming, client, head);
  });

  async function takenOver(
    fault: DockerFault | null,
    call: string,
    incoming: IncomingMessage,
    client: Socket,
    head: Buffer,
  ): Promise<void> {
    client.on('error', () => undefined);
    if (fault === 'reset') return void client.destroy();
    if (fault === '304' || fault === '404' || fault === '409' || fault === '500') {
      return send(client, lieOf(fault, call));
    }
    if (fault === 'silence') await silence(client);
    const engine = dial({ ...target, allowHalfOpen: true });
    sockets.add(engine);
    engine.on('error', () => client.destroy()).once('close', () => sockets.delete(engine));
    engine.write(headOf(incoming));
    engine.write(head);
    client.pipe(engine);
    if (fault === 'no JSON' || fault === 'wrong shape') {
      send(client, garbled(fault, { status: 200, body: head }));
    } else if (fault === 'cut') {
      // Ends the connection after the upgrade response, before any output.
      engine.once('data', (data) => client.write(data, () => client.destroy()));
    } else if (fault !== 'reply lost') {
      engine.pipe(client);
    }
    engine.once('end', () => fault === 'reply lost' && client.destroy()).resume();
    client.once('close', () => engine.destroy());
  }

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Callers keep connections alive and do not expect the engine to close them.
  server.keepAliveTimeout = 0;
  await rm(socketFile, { force: true });
  server.listen(socketFile);
  await once(server, 'listening');

  return {
    dockerHost: `unix://${socketFile}`,
    takeCalls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    aim(shot) {
      aimed = shot === null ? null : { ...shot, passed: 0 };
      struck = false;
    },
    hasStruck: () => struck,
    edit(edit) {
      edited = edit;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, index) => {
    return `${rawHeaders[2 * index]}: ${rawHeaders[2 * index + 1]}\r\n`;
  });
  return `${method} ${url} HTTP/1.1\r\n${headers.join('')}\r\n`;
}

/** Writes a response as raw bytes, so that it can be cut in the middle, and ends the connection. */
function send(socket: Duplex, { status, body }: Reply, share: 'all of it' | 'half of it' = 'all of it'): void {
  const length = status === 204 || status === 304 ? '' : `Content-Length: ${body.length}\r\n`;
  const lines = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  const whole = Buffer.concat([Buffer.from(`${lines}${length}\r\n`), body]);
  // A response without a body is cut in its headers.
  const cutAt = body.length > 0 ? whole.length - Math.ceil(body.length / 2) : Math.floor(whole.length / 2);
  if (share === 'all of it') socket.end(whole);
  else socket.write(whole.subarray(0, cutAt), () => socket.destroy());
}
