import type { Page, PageRequest } from '../../../store/connection/pages';
import { acceptedCreate, available, openTestStore, type TestStore } from '../../support/test-store';

let bench: TestStore;
let at: Date;
beforeEach(async () => {
  bench = await openTestStore();
  at = new Date('2026-11-21T12:00:00.000Z');
});
afterEach(async () => {
  await bench.close();
});

interface Row {
  readonly id: string;
}

/** Every list that has pages: how a row gets into it, with a time of its own, and how it is read. */
const lists = [
  {
    name: 'databases',
    add: async () => (await acceptedCreate(bench.store)).database.id,
    list: (page: PageRequest) => bench.store.databases.list('default', {}, page),
  },
  {
    name: 'operations',
    add: async () => (await acceptedCreate(bench.store)).operation.id,
    list: (page: PageRequest) => bench.store.operations.list('default', {}, page),
  },
  {
    name: 'instances',
    add: async () => `${(await available(bench.store)).database.id}-primary`,
    list: (page: PageRequest) => bench.store.instances.list('default', {}, page),
  },
  {
    name: 'orphans',
    add: async () => {
      const id = `orphan-${++serial}`;
      await bench.rows(
        `INSERT INTO orphans (id, tenant_id, host_id, database_id, kind, name, created_at, last_seen_at)
         VALUES ($1, 'default', 'host-a', 'none', 'volume', $1, now(), now())`,
        [id],
      );
      return id;
    },
    list: (page: PageRequest) => bench.store.observations.orphans('default', page),
  },
] as const;
let serial = 0;

/** A new row of a list that is as old as it is told to be. */
async function added({ name, add }: (typeof lists)[number], createdAt: Date): Promise<string> {
  const id = await add();
  await bench.rows(`UPDATE ${name} SET created_at = $1 WHERE id = $2`, [createdAt, id]);
  return id;
}

const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

test.each(lists)('$name: pages join without gap or repetition, newest first, while rows come', async (one) => {
  const ids: string[] = [];
  // Three of one millisecond: the id decides between them.
  for (const seconds of [0, 1, 1, 1, 2, 3]) ids.push(await added(one, later(seconds)));
  const [oldest = '', , , , , newest = ''] = ids;
  const inOrder = [newest, ids[4] ?? '', ...ids.slice(1, 4).sort().reverse(), oldest];
  const seen: string[] = [];
  let pageToken: string | null = null;
  for (let pages = 0; pages === 0 || pageToken !== null; pages += 1) {
    const page: Page<Row> = await one.list({ pageSize: 2, pageToken });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ id }) => id));
    pageToken = page.nextPageToken;
    // Newer than all that are read.
    await added(one, later(10 + pages));
  }
  expect(seen).toEqual(inOrder);
});

test.each(lists)('$name: a list whose last page is full says so, and an empty one too', async (one) => {
  expect(await one.list({ pageSize: 2, pageToken: null })).toEqual({ items: [], nextPageToken: null });
  for (const seconds of [0, 1]) await added(one, later(seconds));
  const { items, nextPageToken } = await one.list({ pageSize: 2, pageToken: null });
  expect({ count: items.length, nextPageToken }).toEqual({ count: 2, nextPageToken: null });
});

test.each(['databases', 'operations', 'instances', 'orphans'] as const)(
  '%s: what is no token of a list is refused',
  async (name) => {
    const one = lists.find((list) => list.name === name);
    for (const pageToken of ['nonsense', Buffer.from('{"after":1}').toString('base64url')]) {
      await expect(one?.list({ pageSize: 2, pageToken })).rejects.toMatchObject({ code: 'invalid_request' });
    }
  },
);
