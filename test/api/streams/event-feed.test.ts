import { pino } from 'pino';
import { createEventFeed } from '../../../api/streams/event-feed';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import type { EventRecord } from '../../../store/operations/events';
import { type EventReader, readEvents } from '../../support/event-stream';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { type Slipway, startSlipway } from '../../support/slipway';
import { openTestStore, type TestStore } from '../../support/test-store';

const logger = pino({ level: 'silent' });

describe('the feed', () => {
  let bench: TestStore;
  beforeAll(async () => {
    // Many readers ask at once, and wait for a connection for as long as it takes.
    bench = await openTestStore({ connectTimeoutMs: 60_000 });
  });
  afterAll(async () => {
    await bench?.close();
  });

  const write = (type: string, count = 1, tenantId = 'default') =>
    bench.rows(
      `INSERT INTO events (tenant_id, database_id, type, data, at)
       SELECT $3, 'none', $1, '{}', now() FROM generate_series(1, $2)`,
      [type, count, tenantId],
    );

  /** A feed whose questions to the store are counted. */
  function newFeed() {
    const { after, head, ofAll } = bench.store.events;
    const asked = { after: 0, head: 0, ofAll: 0 };
    const events = {
      after: (...rest: Parameters<typeof after>) => counted('after', () => after(...rest)),
      head: () => counted('head', head),
      ofAll: (...rest: Parameters<typeof ofAll>) => counted('ofAll', () => ofAll(...rest)),
    };
    function counted<T>(what: keyof typeof asked, ask: () => Promise<T>): Promise<T> {
      asked[what] += 1;
      return ask();
    }
    return { asked, feed: createEventFeed({ events, intervalMs: 10, logger }) };
  }

  /** Reads until it is stopped; keeps what came. */
  function follow(feed: ReturnType<typeof createEventFeed>, interest: object, after: number) {
    const over = new AbortController();
    const seen: EventRecord[] = [];
    async function read(): Promise<void> {
      for await (const event of feed.read({ tenantId: 'default', ...interest }, after, over.signal)) seen.push(event);
    }
    const ended = read().catch(() => undefined);
    return {
      seen,
      async stop() {
        over.abort();
        await ended;
      },
    };
  }

  test('200 readers are one question to the store per interval, and each sees every event', async () => {
    const { feed, asked } = newFeed();
    const head = await bench.store.events.head();
    const readers = Array.from({ length: 200 }, () => follow(feed, { type: 'many' }, head));
    await write('many', 5);
    await eventually(() => expect(readers.map(({ seen }) => seen.length)).toEqual(readers.map(() => 5)));
    const before = { ...asked };
    const began = performance.now();
    await write('many', 5);
    await eventually(() => expect(readers.map(({ seen }) => seen.length)).toEqual(readers.map(() => 10)));
    const intervals = (performance.now() - began) / 10;
    expect(asked.after).toBe(before.after);
    expect(asked.head).toBe(1);
    expect(asked.ofAll - before.ofAll).toBeLessThanOrEqual(intervals + 1);
    await Promise.all(readers.map(({ stop }) => stop()));
    const [first] = readers;
    expect(new Set(first?.seen.map(({ sequence }) => sequence)).size).toBe(10);
  });

  test('who has been away, for more than is kept here, reads on from the store; who reads next begins there too', async () => {
    const { feed } = newFeed();
    const head = await bench.store.events.head();
    const quick = follow(feed, { type: 'away' }, head);
    await write('away', 2_500);
    await eventually(() => expect(quick.seen).toHaveLength(2_500));
    const late = follow(feed, { type: 'away' }, head);
    await eventually(() => expect(late.seen).toHaveLength(2_500));
    await write('away');
    await eventually(() => expect([quick.seen.length, late.seen.length]).toEqual([2_501, 2_501]));
    expect(late.seen).toEqual(quick.seen);
    await Promise.all([quick.stop(), late.stop()]);
    // Nobody reads for a while.
    await write('away', 3);
    const next = follow(feed, { type: 'away' }, quick.seen.at(-1)?.sequence ?? 0);
    await eventually(() => expect(next.seen).toHaveLength(3));
    await next.stop();
  });

  test('no other tenant’s, database’s, operation’s or type’s event is seen', async () => {
    const { feed } = newFeed();
    const head = await bench.store.events.head();
    const interests = [{ type: 'mine' }, { databaseId: 'none' }, { operationId: 'x' }, { tenantId: 'other' }];
    const readers = interests.map((interest) => follow(feed, interest, head));
    await write('mine');
    await write('yours');
    await write('mine', 1, 'other');
    await eventually(() => expect(readers.map(({ seen }) => seen.length)).toEqual([1, 2, 0, 1]));
    expect(Object.keys(readers[3]?.seen[0] ?? {}).sort()).toEqual(
      ['at', 'data', 'databaseId', 'operationId', 'sequence', 'type'].sort(),
    );
    await Promise.all(readers.map(({ stop }) => stop()));
  });

  test('readers that come and go while events are written lose none and see none twice', async () => {
    const { feed } = newFeed();
    let place = await bench.store.events.head();
    const writing = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let number = 0; number < 50; number += 1) await write('steady');
      }),
    );
    const seen: number[] = [];
    while (seen.length < 200) {
      const over = new AbortController();
      const most = 1 + (seen.length % 7);
      let taken = 0;
      for await (const { sequence } of feed.read({ tenantId: 'default', type: 'steady' }, place, over.signal)) {
        seen.push(sequence);
        place = sequence;
        taken += 1;
        if (taken === most || seen.length === 200) break;
      }
    }
    await writing;
    const { items } = await bench.store.events.list('default', { type: 'steady' }, { pageSize: 500, pageToken: null });
    expect(seen).toEqual(items.map(({ sequence }) => sequence));
  });

  test('a store that is away for a moment is asked again', async () => {
    let isAway = true;
    const { after, head, ofAll } = bench.store.events;
    const events = {
      after,
      ofAll,
      head: () => (isAway ? Promise.reject(new Error('away')) : head()),
    };
    const place = await head();
    const reader = follow(createEventFeed({ events, intervalMs: 10, logger }), { type: 'back' }, place);
    await write('back');
    isAway = false;
    await eventually(() => expect(reader.seen).toHaveLength(1));
    await reader.stop();
  });
});

describe('the streams', () => {
  const backend = createMemoryBackend();
  let slipway: Slipway;
  const readers: EventReader[] = [];
  beforeAll(async () => {
    slipway = await startSlipway({ ports: memoryHost(backend), env: { SLIPWAY_EVENT_STREAM_HEARTBEAT_MS: '20' } });
  });
  afterEach(() => {
    backend.intercept = {};
    for (const reader of readers.splice(0)) reader.leave();
  });
  afterAll(async () => {
    await slipway?.stop();
  });

  async function read(path: string, lastEventId?: string): Promise<EventReader> {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const reader = await readEvents(slipway.api, path, headers);
    readers.push(reader);
    return reader;
  }
  const input = (name: string) => ({ name, version: '17', size: 'small' });
  const typesOf = ({ events }: EventReader) =>
    events.map(({ type, data }) => (type === 'message' ? data.type : data.reason));

  test('an operation is followed from its first event to its end, also by who comes later', async () => {
    const gate = newGate();
    backend.intercept = { before: (call) => (call === 'ensureNetwork' ? gate.opened : undefined) };
    const { body } = await slipway.api.send('POST', '/v1/databases', input('followed'));
    const path = `/v1/operations/${body.operation.id}/events`;
    const early = await read(path);
    await eventually(() => expect(typesOf(early)).toEqual(['operation.accepted']));
    await eventually(() => expect(early.comments()).toBeGreaterThan(2));
    gate.open();
    expect(await early.ended).toBe('ended');
    const all = ['operation.accepted', 'operation.succeeded', 'operation_succeeded'];
    expect(typesOf(early)).toEqual(all);
    expect(early.events.map(({ type }) => type)).toEqual(['message', 'message', 'end']);
    const late = await read(path);
    expect(await late.ended).toBe('ended');
    expect(late.events).toEqual(early.events);
    for (const [index, { id }] of early.events.slice(0, 2).entries()) {
      const resumed = await read(path, id ?? '');
      expect(await resumed.ended).toBe('ended');
      expect(typesOf(resumed)).toEqual(all.slice(index + 1));
    }
  });

  test('a reader of everything resumes after what it has, and is told of nothing before it came', async () => {
    const { database } = await slipway.api.succeeded('POST', '/v1/databases', input('streamed'));
    const path = `/v1/events/stream?databaseId=${database.id}`;
    const first = await read(path);
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    await slipway.api.succeeded('POST', `/v1/databases/${database.id}/stop`);
    await eventually(() => expect(typesOf(first)).toEqual(['operation.accepted', 'operation.succeeded']));
    first.leave();
    const { id } = first.events[0] ?? {};
    await slipway.api.succeeded('POST', `/v1/databases/${database.id}/start`);
    const second = await read(path, id ?? '');
    await eventually(() => expect(second.events).toHaveLength(3));
    const { items } = (await slipway.api.send('GET', `/v1/events?databaseId=${database.id}`)).body;
    expect(second.events.map(({ data }) => data)).toEqual(items.slice(3));
    expect(second.events.map((event) => event.id)).toEqual(items.slice(3).map(({ sequence }: any) => String(sequence)));
    const all = await read(`${path}&type=operation.succeeded`, '0');
    await eventually(() => expect(all.events).toHaveLength(3));
  });

  test.each([
    { what: 'no number', id: 'abc' },
    { what: 'an event that there is not', id: '999999999' },
  ])('$what to resume from is 400', async ({ id }) => {
    const answer = await slipway.api.send('GET', '/v1/events/stream', undefined, { 'last-event-id': id });
    expect({ status: answer.status, field: answer.body.errors?.[0].field }).toEqual({
      status: 400,
      field: 'last-event-id',
    });
  });

  test('an unknown operation is 404, and an unknown filter 400', async () => {
    expect((await slipway.api.send('GET', '/v1/operations/aaaaaaaaaaaa/events')).status).toBe(404);
    expect((await slipway.api.send('GET', '/v1/events/stream?pageSize=1')).status).toBe(400);
  });
});
