import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { asyncLocalStorage } from '@temporalio/activity';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { type EventReader, readEvents } from '../../support/event-stream';
import { eventually } from '../../support/eventually';
import { createApiClient } from '../../support/http';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend({ logs: () => ['one', 'two', 'three'] });
let slipway: Slipway;
beforeAll(async () => {
  const env = { SLIPWAY_EVENT_STREAM_HEARTBEAT_MS: '20', SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS: '1000' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

let serial = 0;

interface Logged {
  readonly id: string;
  /** Its server's container. */
  readonly name: string;
  readonly path: string;
}

/** A database whose server has written `one`, `two` and `three`. */
async function logged(): Promise<Logged> {
  const input = { name: `logs-${++serial}`, version: '17', size: 'small' };
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', input)).database;
  const [container] = (await backend.list({ 'slipway.database': id })).filter(({ kind }) => kind === 'container');
  return { id, name: container?.name ?? '', path: `/v1/databases/${id}/logs` };
}

const lines = async (path: string): Promise<any[]> => (await slipway.api.send('GET', path)).body.items;
const texts = async (path: string): Promise<string[]> => (await lines(path)).map(({ text }) => text);
const follow = (path: string, headers?: Record<string, string>) => readEvents(slipway.api, path, headers);
const textsOf = ({ events }: EventReader) => events.flatMap(({ data }) => data.text ?? []);

/** Once these lines have come, and no others. */
function came(reader: EventReader, wanted: readonly string[]): Promise<void> {
  return eventually(() => expect(textsOf(reader)).toEqual(wanted));
}

test('a log is read by its last lines, since a time, since a duration, or both', async () => {
  const { path } = await logged();
  const [, second] = await lines(path);
  expect(await lines(`${path}?tail=2`)).toEqual([
    second,
    { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/), stream: 'stdout', text: 'three' },
  ]);
  expect(await texts(`${path}?since=${second.at}`)).toEqual(['two', 'three']);
  expect(await texts(`${path}?since=${second.at}&tail=1`)).toEqual(['three']);
  expect(await texts(`${path}?since=10m`)).toEqual(['one', 'two', 'three']);
  expect(await texts(`${path}?since=${encodeURIComponent('2126-01-01T00:00:00+02:00')}`)).toEqual([]);
  expect(await texts(`${path}?tail=0`)).toEqual([]);
});

test('a log is followed: what is there, then what is written, each with its time as id, and heartbeats', async () => {
  const { path, name } = await logged();
  const reader = await follow(`${path}?follow=true&tail=2`);
  expect(reader.status).toBe(200);
  expect(reader.headers.get('content-type')).toBe('text/event-stream');
  await came(reader, ['two', 'three']);
  await eventually(() => expect(reader.comments()).toBeGreaterThan(0));
  backend.writeLog(name, 'vier €');
  await came(reader, ['two', 'three', 'vier €']);
  for (const { id, type, data } of reader.events) {
    expect({ type, data }).toEqual({ type: 'message', data: { at: id, stream: 'stdout', text: expect.any(String) } });
  }
  reader.leave();
});

test('who comes back with Last-Event-ID misses nothing and gets nothing twice, whatever the query says', async () => {
  const { path, name } = await logged();
  const first = await follow(`${path}?follow=true&tail=1`);
  await came(first, ['three']);
  first.leave();
  backend.writeLog(name, 'while away');
  const again = await follow(`${path}?follow=true&tail=1`, { 'last-event-id': first.events[0]?.id ?? '' });
  backend.writeLog(name, 'back');
  await came(again, ['while away', 'back']);
  again.leave();
  const all = await follow(`${path}?follow=true&tail=0&since=${first.events[0]?.id}`, {
    'last-event-id': '1970-01-01T00:00:00.000000000Z',
  });
  await came(all, ['one', 'two', 'three', 'while away', 'back']);
  all.leave();
});

test('who follows a log, or events, with a key that is revoked reads no more of it', async () => {
  const { path } = await logged();
  const { id, key } = (await slipway.api.send('POST', '/v1/keys', { name: 'leaked', role: 'viewer' })).body;
  const leaked = createApiClient(slipway.api.url, key);
  const paths = [`${path}?follow=true`, '/v1/events/stream'];
  const readers = await Promise.all(paths.map((one) => readEvents(leaked, one)));
  const stays = await follow(`${path}?follow=true&tail=1`);
  expect((await slipway.api.send('DELETE', `/v1/keys/${id}`)).status).toBe(204);
  expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
  for (const one of paths) expect((await readEvents(leaked, one)).status).toBe(401);
  await came(stays, ['three']);
  stays.leave();
});

test('a reader that goes away leaves nobody at the host', async () => {
  const { path, name } = await logged();
  const readers = await Promise.all([1, 2, 3].map(() => follow(`${path}?follow=true`)));
  await eventually(() => expect(backend.followersOf(name)).toBe(3));
  for (const reader of readers) reader.leave();
  await eventually(() => expect(backend.followersOf(name)).toBe(0));
});

test('a reader that goes away before the host has answered leaves nobody there either', async () => {
  const { path, name } = await logged();
  const reader = new AbortController();
  backend.intercept = { before: (call) => void (call === 'followLogs' && reader.abort()) };
  const { url, key } = slipway.api;
  const headers = { authorization: `Bearer ${key}` };
  const asked = fetch(new URL(`${path}?follow=true`, url), { headers, signal: reader.signal });
  await expect(asked).rejects.toThrow();
  await eventually(() => expect(backend.followersOf(name)).toBe(0));
});

test('a reader that takes nothing is dropped, at the host too', async () => {
  const { path, name } = await logged();
  const { url, key } = slipway.api;
  const request = get(new URL(`${path}?follow=true`, url), { headers: { authorization: `Bearer ${key}` } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  await eventually(() => expect(backend.followersOf(name)).toBe(1));
  // More than all buffers on the way hold.
  const text = 'x'.repeat(8_000);
  for (let line = 0; line < 8_000; line += 1) backend.writeLog(name, text);
  await eventually(() => expect(backend.followersOf(name)).toBe(0));
  const closed = new Promise((resolve) => answer.once('close', resolve));
  answer.resume();
  await closed;
  expect(answer.complete).toBe(false);
});

test.each([
  { how: 'stops', reason: 'instance_stopped', method: 'POST', verb: '/stop' },
  { how: 'is deleted', reason: 'instance_gone', method: 'DELETE', verb: '' },
])('a server that $how ends the stream with $reason', async ({ reason, method, verb }) => {
  const database = await logged();
  // Looked at when the delete is done, and not in its middle.
  const reader = await follow(`${database.path}?follow=true&tail=1`);
  await came(reader, ['three']);
  if (reason === 'instance_gone') {
    backend.intercept = {
      before: async (call, name) => {
        // The delete looks at the container too, and must not wait for itself.
        const isOfActivity = asyncLocalStorage.getStore() !== undefined;
        if (call !== 'inspectContainer' || name !== database.name || isOfActivity) return;
        await eventually(async () => expect(await backend.list({ 'slipway.database': database.id })).toEqual([]));
      },
    };
  }
  await slipway.api.succeeded(method, `/v1/databases/${database.id}${verb}`);
  expect(await reader.ended).toBe('ended');
  expect(reader.events.at(-1)).toEqual({ id: null, type: 'end', data: { reason } });
});

test('a server that has stopped is followed to its end', async () => {
  const { id, path } = await logged();
  await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  const reader = await follow(`${path}?follow=true`);
  expect(await reader.ended).toBe('ended');
  expect(reader.events.map(({ type, data }) => data.text ?? `${type} ${data.reason}`)).toEqual([
    'one',
    'two',
    'three',
    'end instance_stopped',
  ]);
});

test('a paused server is followed all the same', async () => {
  const { id, path, name } = await logged();
  await slipway.api.succeeded('POST', `/v1/databases/${id}/pause`);
  const reader = await follow(`${path}?follow=true&tail=1`);
  backend.writeLog(name, 'four');
  await came(reader, ['three', 'four']);
  reader.leave();
});

test('a host that refuses is a problem, as for any request', async () => {
  const { path } = await logged();
  backend.intercept = {
    before: (call) => {
      if (call === 'followLogs') throw new DatabaseError('backend_unavailable', 'the host is away');
    },
  };
  const { status, body } = await slipway.api.send('GET', `${path}?follow=true`);
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'backend_unavailable' });
});

test('a worker that goes away under a stream is told of, and one that is away is 503; then the reader comes back', async () => {
  const { path, name } = await logged();
  const reader = await follow(`${path}?follow=true&tail=1`);
  await came(reader, ['three']);
  await slipway.stopWorker();
  try {
    expect(await reader.ended).toBe('ended');
    expect(reader.events.at(-1)).toMatchObject({ type: 'problem', data: { code: 'backend_unavailable' } });
    expect(backend.followersOf(name)).toBe(0);
    for (const query of ['', '?follow=true']) {
      const { status, body } = await slipway.api.send('GET', `${path}${query}`);
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'backend_unavailable' });
    }
  } finally {
    await slipway.startWorker();
  }
  backend.writeLog(name, 'while away');
  const again = await follow(`${path}?follow=true`, { 'last-event-id': reader.events[0]?.id ?? '' });
  await came(again, ['while away']);
  again.leave();
});

test.each([
  ['tail=1001', 'tail'],
  ['tail=-1', 'tail'],
  ['tail=ten', 'tail'],
  ['since=yesterday', 'since'],
  ['since=10', 'since'],
  ['since=2026-13-01T00:00:00Z', 'since'],
  ['since=2026-11-21T06:00:00', 'since'],
  ['since=0000-01-01T00:00:00Z', 'since'],
  ['follow=yes', 'follow'],
  ['lines=5', 'lines'],
])('?%s is 400 and names the field', async (query, field) => {
  const { path } = await sharedDatabase();
  const { status, body } = await slipway.api.send('GET', `${path}?${query}`);
  expect({ status, code: body.code, fields: body.errors?.map((error: any) => error.field) }).toEqual({
    status: 400,
    code: 'invalid_request',
    fields: [field],
  });
});

test.each(['1', 'x', '2026-11-21T06:00:00Z', '2026-11-21T06:00:00.000000000Z; drop'])(
  'Last-Event-ID %p is 400 and is named',
  async (id) => {
    const { path } = await sharedDatabase();
    const { status, body } = await slipway.api.send('GET', `${path}?follow=true`, undefined, { 'last-event-id': id });
    expect({ status, fields: body.errors?.map((error: any) => error.field) }).toEqual({
      status: 400,
      fields: ['last-event-id'],
    });
  },
);

/** For requests that are refused anyway. */
let shared: Promise<Logged> | undefined;
function sharedDatabase(): Promise<Logged> {
  shared ??= logged();
  return shared;
}
