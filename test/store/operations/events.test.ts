import { Client } from 'pg';
import { eventually } from '../../support/eventually';
import { acceptedCreate, available, openTestStore, type TestStore } from '../../support/test-store';

let opened: TestStore;
const clients: Client[] = [];
beforeEach(async () => {
  opened = await openTestStore();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
  await opened.close();
});

/** A connection of its own, for a transaction that stays open. */
async function connected(): Promise<Client> {
  const client = new Client({ connectionString: opened.database.url });
  clients.push(client);
  await client.connect();
  return client;
}

const insert = (type: string, data = `'{}'`) =>
  `INSERT INTO events (tenant_id, database_id, type, data, at) VALUES ('default', 'none', '${type}', ${data}, now())`;

const list = (pageToken: string | null = null, filter = {}, pageSize = 50) =>
  opened.store.events.list('default', filter, { pageSize, pageToken });
const typesOf = ({ items }: { readonly items: readonly { readonly type: string }[] }) => items.map(({ type }) => type);

test('events are listed oldest first, with what they are about', async () => {
  const { operation, database } = await available(opened.store);
  const { items } = await list();
  expect(items).toEqual([
    {
      sequence: expect.any(Number),
      type: 'operation.accepted',
      databaseId: database.id,
      operationId: operation.id,
      data: { kind: 'create', databaseName: database.name, error: null },
      at: expect.any(Date),
    },
    expect.objectContaining({ type: 'operation.succeeded', operationId: operation.id }),
  ]);
});

test('they are filtered by database, operation and type, and no other tenant sees them', async () => {
  const first = await available(opened.store);
  const second = await acceptedCreate(opened.store);
  const both = ['operation.accepted', 'operation.succeeded'];
  expect(typesOf(await list(null, { databaseId: first.database.id }))).toEqual(both);
  expect(typesOf(await list(null, { operationId: second.operation.id }))).toEqual(['operation.accepted']);
  expect((await list(null, { type: 'operation.accepted' })).items.map(({ databaseId }) => databaseId)).toEqual([
    first.database.id,
    second.database.id,
  ]);
  expect((await opened.store.events.list('another', {}, { pageSize: 50, pageToken: null })).items).toEqual([]);
});

test('pages join without gap or repetition while events are added, and the last token goes on with what comes', async () => {
  for (const type of ['a', 'b', 'c']) await opened.rows(insert(type));
  const first = await list(null, {}, 2);
  expect(typesOf(first)).toEqual(['a', 'b']);
  await opened.rows(insert('d'));
  const second = await list(first.nextPageToken, {}, 2);
  expect(typesOf(second)).toEqual(['c', 'd']);
  const third = await list(second.nextPageToken, {}, 2);
  expect(third).toEqual({ items: [], nextPageToken: second.nextPageToken });
  await opened.rows(insert('e'));
  expect(typesOf(await list(third.nextPageToken, {}, 2))).toEqual(['e']);
});

test.each([
  { title: 'writes its event first', first: insert('slow'), then: 'SELECT 1' },
  {
    title: 'has begun first and writes its event in the middle',
    first: 'SELECT pg_current_xact_id()',
    then: insert('slow'),
  },
])('a reader loses nothing of a transaction that $title and commits last', async ({ first, then }) => {
  const [slow, other] = [await connected(), await connected()];
  await slow.query('BEGIN');
  await slow.query(first);
  await other.query('BEGIN');
  await other.query(insert('quick'));
  await slow.query(then);
  await other.query('COMMIT');
  const early = await list();
  expect(typesOf(early)).toEqual(['quick']);
  expect(await list(early.nextPageToken)).toEqual({ items: [], nextPageToken: early.nextPageToken });
  await slow.query('COMMIT');
  expect(typesOf(await list(early.nextPageToken))).toEqual(['slow']);
  expect(typesOf(await list())).toEqual(['quick', 'slow']);
});

test('a giver of places that has not committed is waited for: no place appears before a lower one', async () => {
  await opened.rows(insert('a'));
  const giver = await connected();
  await giver.query('BEGIN');
  await giver.query('SELECT pg_advisory_xact_lock(5754793)');
  await giver.query('UPDATE events SET place = 1');
  await opened.rows(insert('b'));
  const listed = list();
  await eventually(async () => {
    const waiting = await opened.rows(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    expect(waiting.length).toBeGreaterThan(0);
  });
  await giver.query('COMMIT');
  const page = await listed;
  expect(page.items.map(({ sequence, type }) => [sequence, type])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
});

test('many writers and many readers at once: every reader gets every event once, in one order', async () => {
  const [writers, eventsEach, readers] = [4, 15, 4];
  let isWritten = false;
  const writing = Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const client = await connected();
      for (let number = 0; number < eventsEach; number += 1) {
        await client.query('BEGIN');
        await client.query(insert(`w${writer}.${number}`));
        // Long enough that another overtakes it, now and then.
        await client.query(`SELECT count(*) FROM generate_series(1, ${((writer * 7 + number * 13) % 5) * 20_000})`);
        await client.query('COMMIT');
      }
    }),
  ).then(() => {
    isWritten = true;
  });
  async function reader(): Promise<string[]> {
    const seen: string[] = [];
    for (let token: string | null = null; ; ) {
      const isLast = isWritten;
      const page = await list(token, {}, 7);
      seen.push(...typesOf(page));
      token = page.nextPageToken;
      if (isLast && page.items.length === 0) return seen;
    }
  }
  const [first = [], ...others] = await Promise.all(Array.from({ length: readers }, reader));
  await writing;
  const written = Array.from({ length: writers }, (_, writer) =>
    Array.from({ length: eventsEach }, (_event, number) => `w${writer}.${number}`),
  ).flat();
  expect([...first].sort()).toEqual(written.sort());
  for (const other of others) expect(other).toEqual(first);
});

test.each([
  'nonsense',
  Buffer.from('{"after":"1"}').toString('base64url'),
  Buffer.from('{"after":-1}').toString('base64url'),
  Buffer.from('{"after":1e300}').toString('base64url'),
])('a token that is none of ours is refused (%s)', async (token) => {
  await expect(list(token)).rejects.toMatchObject({
    code: 'invalid_request',
    details: { errors: [{ field: 'pageToken' }] },
  });
});
