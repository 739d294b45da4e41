import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createLimitedServer } from '../../../api/http/server';

let server: Server;
const sockets: Socket[] = [];
const limits = {
  maxConnections: 2,
  maxHeaderBytes: 4096,
  headersTimeoutMs: 300,
  requestTimeoutMs: 600,
  keepAliveTimeoutMs: 200,
  closingTimeoutMs: 200,
  checkIntervalMs: 50,
};

/** For who is to be answered, however busy the machine is. */
const patient = { ...limits, headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 };

/** More than lies on a connection. */
const long = 'x'.repeat(3_000_000);

async function listen(own: typeof limits): Promise<void> {
  server = createLimitedServer((request, response) => {
    if (request.url === '/early') response.end(long);
    else request.resume().once('end', () => response.end('answered'));
  }, own);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** A connection, and all that came back on it when it has ended. */
async function speak(
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<{ readonly socket: Socket; readonly ended: Promise<string> }> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options });
  sockets.push(socket);
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined).on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
  await once(socket, 'connect');
  return { socket, ended };
}

/** Sends a byte at a time, for as long as it is taken. */
function drip(socket: Socket, text: string): void {
  const rest = [...text];
  const timer = setInterval(() => socket.write(rest.shift() ?? 'x'), 20);
  socket.once('close', () => clearInterval(timer));
}

test.each([
  { what: 'its headers', head: '', dripped: `GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ${'x'.repeat(1000)}` },
  {
    what: 'its body',
    head: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n',
    dripped: 'x'.repeat(1000),
  },
])('who sends $what a byte at a time is cut off with 408', async ({ head, dripped }) => {
  await listen(limits);
  const { socket, ended } = await speak();
  socket.write(head);
  drip(socket, dripped);
  expect(await ended).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('who says nothing at all is cut off', async () => {
  await listen(limits);
  const { ended } = await speak();
  expect(await ended).not.toMatch(/^HTTP\/1\.1 200/);
});

test('a connection on which nothing more comes is closed', async () => {
  await listen(patient);
  const { socket, ended } = await speak();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await ended).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*answered/);
});

test('headers that are too long are 431', async () => {
  await listen(patient);
  const { socket, ended } = await speak();
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(5000)}\r\n\r\n`);
  expect(await ended).toMatch(/^HTTP\/1\.1 431 /);
});

test('of more connections than there may be the last are refused, and the others answered', async () => {
  await listen(patient);
  const [first, second] = [await speak(), await speak()];
  const third = await speak();
  expect(await third.ended).toBe('');
  for (const { socket } of [first, second]) socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  for (const { ended } of [first, second]) expect(await ended).toMatch(/answered/);
});

describe('who is answered before its request was read', () => {
  const early = `POST /early HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${long.length}\r\n\r\n`;

  test('gets all of the answer', async () => {
    await listen({ ...patient, closingTimeoutMs: 60_000 });
    const { socket, ended } = await speak();
    socket.write(`${early}${long}`);
    const [head, body] = (await ended).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(body?.length).toBe(long.length);
  });

  test('is cut off when it goes on sending', async () => {
    await listen(patient);
    const { socket, ended } = await speak({ allowHalfOpen: true });
    socket.write(early);
    drip(socket, 'x');
    expect(await ended).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});
