import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { drainOf } from '../../../api/http/drain';
import {
  createEventStreams,
  type EventStreamSettings,
  type EventStreams,
  type ServerEvent,
} from '../../../api/streams/event-stream';
import { readEvents } from '../../support/event-stream';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';

const logger = pino({ level: 'silent' });
let server: Server;
let drain: () => Promise<void>;
let streams: EventStreams;
/** What every request is answered with. */
let source: (signal: AbortSignal) => AsyncIterable<ServerEvent>;
let outcomes: unknown[];
let responses: ServerResponse[];
let inForceAmong: EventStreamSettings['inForceAmong'];

beforeEach(async () => {
  inForceAmong = async (ids) => [...ids];
  streams = streamsWith({ stallTimeoutMs: 60_000 });
  // Its own: what a stream of the test before ends with comes when it comes.
  const own: unknown[] = [];
  outcomes = own;
  responses = [];
  server = createServer((_request, response: ServerResponse) => {
    responses.push(response);
    const { signal, send } = streams.open(response as never, 'key-1');
    void send(source(signal)).then(
      () => own.push('sent'),
      (error: unknown) => {
        own.push(error);
        response.destroy();
      },
    );
  });
  drain = drainOf(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

function streamsWith(settings: Pick<EventStreamSettings, 'stallTimeoutMs'>): EventStreams {
  return createEventStreams({
    heartbeatMs: 10,
    keyIntervalMs: 10,
    inForceAmong: (ids) => inForceAmong(ids),
    logger,
    ...settings,
  });
}

const port = () => (server.address() as AddressInfo).port;
const read = () => readEvents({ url: `http://127.0.0.1:${port()}`, key: 'none' } as never, '/');

/** Asks, and takes nothing until it is told to. */
function readLater(): { readonly socket: Socket; received(): string } {
  const socket = connect(port(), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined).on('data', (chunk) => chunks.push(chunk));
  socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return { socket, received: () => Buffer.concat(chunks).toString() };
}

/** Nothing until the stream is over. */
async function* quiet(signal: AbortSignal): AsyncGenerator<ServerEvent> {
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  yield { data: 'never' };
}

test('events are sent as they come, with id and type, and a line break in one does not break it', async () => {
  source = async function* () {
    yield { id: '1', data: { text: 'a\nb\r\n: c' } };
    yield { event: 'end', data: null };
  };
  const { headers, events, ended } = await read();
  expect(await ended).toBe('ended');
  expect(headers.get('content-type')).toBe('text/event-stream');
  expect(events).toEqual([
    { id: '1', type: 'message', data: { text: 'a\nb\r\n: c' } },
    { id: null, type: 'end', data: null },
  ]);
});

test('a quiet stream shows by comments that it lives', async () => {
  source = quiet;
  const reader = await read();
  await eventually(() => expect(reader.comments()).toBeGreaterThan(2));
  expect(reader.events).toEqual([]);
  reader.leave();
});

test('a reader that goes ends what it was read from', async () => {
  source = quiet;
  const reader = await read();
  reader.leave();
  await eventually(() => expect(outcomes).toEqual(['sent']));
});

test('a stream ends when its key is not in force any more, and not when that cannot be asked', async () => {
  source = quiet;
  const asked: (readonly string[])[] = [];
  const answers: (() => string[])[] = [
    () => ['key-1'],
    () => {
      throw new Error('the store is away');
    },
    () => [],
  ];
  const open = newGate();
  inForceAmong = async (ids) => {
    asked.push(ids);
    await open.opened;
    return answers[asked.length - 1]?.() ?? [];
  };
  const readers = await Promise.all([read(), read()]);
  open.open();
  expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
  expect(asked).toEqual([['key-1'], ['key-1'], ['key-1']]);
});

test('a reader that takes nothing is cut off, and what is kept for it has a bound', async () => {
  const text = 'x'.repeat(64 * 1024);
  const left = newGate();
  let sent = 0;
  source = async function* () {
    try {
      for (;;) {
        sent += 1;
        yield { data: text };
      }
    } finally {
      left.open();
    }
  };
  streams = streamsWith({ stallTimeoutMs: 100 });
  const { socket, received } = readLater();
  await left.opened;
  // What the two kernels' buffers and one event in ours hold, and no more.
  expect(sent * text.length).toBeLessThan(64 * 1024 ** 2);
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  expect(received()).not.toMatch(/\r\n0\r\n\r\n$/);
});

test('a reader that is slow and takes all in the end is not cut off, and gets everything', async () => {
  const text = 'x'.repeat(64 * 1024);
  source = async function* () {
    for (let number = 0; number < 300; number += 1) yield { id: String(number), data: text };
  };
  const { socket, received } = readLater();
  await eventually(() => expect(responses[0]?.writableNeedDrain).toBe(true));
  const ended = once(responses[0] as ServerResponse, 'finish');
  socket.resume();
  await ended;
  await eventually(() => expect(received()).toMatch(/\r\n0\r\n\r\n$/));
  const ids = [...received().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: 300 }, (_, number) => number));
});

test('what goes wrong where it is read from cuts the stream: it does not look like its end', async () => {
  const failure = new Error('no more');
  source = async function* () {
    yield { data: 1 };
    throw failure;
  };
  const reader = await read();
  expect(await reader.ended).toBe('cut');
  expect(outcomes).toEqual([failure]);
});

test('at the end of the API every stream ends at once, and so does one that comes later (D17)', async () => {
  source = quiet;
  const readers = await Promise.all([read(), read()]);
  // Its last words are on their way when the server drains.
  const drained = drain();
  streams.endAll();
  expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
  await drained;
});

test('a stream that is opened after the end of the API is over from the start (D17)', async () => {
  streams.endAll();
  const signals: AbortSignal[] = [];
  source = async function* (signal) {
    signals.push(signal);
    yield { data: 'too late' };
  };
  const reader = await read();
  expect(await reader.ended).toBe('ended');
  expect(reader.events).toEqual([]);
  expect(signals[0]?.reason).toMatchObject({ code: 'backend_unavailable' });
});
