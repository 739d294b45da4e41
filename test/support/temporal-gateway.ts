import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Authority, Certificate } from './certificate';

export interface TemporalGateway {
  readonly port: number;
  /** The number of calls forwarded. */
  passed(): number;
  close(): Promise<void>;
}

export interface TemporalGatewaySettings {
  /** The address of the Temporal behind the gateway, which authenticates no caller. */
  readonly address: string;
  readonly certificate: Certificate;
  /** The authority that must have issued the callers' certificates. */
  readonly clients: Authority;
  readonly apiKey: string;
}

/** A gateway like those of companies and clouds: it requires TLS, a client certificate and an API key. */
export async function startTemporalGateway({
  address,
  certificate,
  clients,
  apiKey,
}: TemporalGatewaySettings): Promise<TemporalGateway> {
  const upstream: ClientHttp2Session = connect(`http://${address}`);
  const sessions = new Set<ServerHttp2Session>();
  let passed = 0;
  const server = createSecureServer({ ...certificate, ca: clients.cert, requestCert: true, rejectUnauthorized: true });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  // A client that TLS refuses or that disconnects is not an error of the gateway.
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== `Bearer ${apiKey}`) {
      // gRPC status 16 is UNAUTHENTICATED; the response consists of headers only.
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '16',
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
      return;
    }
    passed += 1;
    pass(stream, headers, upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    passed: () => passed,
    async close() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forwards a gRPC call: headers and a body upstream; headers, a body and trailers back. */
function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const call = upstream.request(headers);
  let trailers: IncomingHttpHeaders = {};
  stream.pipe(call);
  stream.once('close', () => call.close(constants.NGHTTP2_CANCEL));
  call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  call.on('trailers', (came) => {
    trailers = came;
  });
  call.on('response', (came) => {
    if (stream.destroyed) return;
    stream.respond(came, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    call.pipe(stream);
  });
}
