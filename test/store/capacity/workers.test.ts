import { currentContract } from '../../../domain/planning/contract';
import { acceptedCreate, openTestStore, type TestStore, testHost } from '../../support/test-store';

let bench: TestStore;
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(async () => {
  await bench?.close();
});
beforeEach(async () => {
  await bench.rows('DELETE FROM workers');
});

const worker = { hostId: 'host-a', release: 20, contract: 2 };

/** Registers a worker that was last seen, and started, so many seconds ago. */
async function seenAgo(id: string, build: string, ago: { last?: number; start?: number; release?: number } = {}) {
  const { last = 0, start = 0, release = 20 } = ago;
  await bench.store.workers.seen({ ...worker, id, build, release });
  await bench.rows(
    `UPDATE workers SET last_seen_at = now() - $2 * interval '1 second', started_at = now() - $3 * interval '1 second'
     WHERE id = $1`,
    [id, last, start],
  );
}

test('the newest build is the one that knows the most migrations, then the one whose first worker started last (M57)', async () => {
  const { workers } = bench.store;
  expect(await workers.liveBuilds()).toEqual([]);
  await seenAgo('a', 'old', { start: 900 });
  // Restarted during the roll-out.
  await seenAgo('b', 'old', { start: 10 });
  await seenAgo('c', 'new', { start: 60 });
  await seenAgo('d', 'newer-schema', { start: 2000, release: 21 });
  expect(await workers.liveBuilds()).toEqual(['newer-schema', 'new', 'old']);
  await workers.remove('d');
  await workers.remove('c');
  expect(await workers.liveBuilds()).toEqual(['old']);
});

test('a worker is live for 30 s after it was last seen, and its record stays for an hour (M57)', async () => {
  const { workers, hosts } = bench.store;
  await seenAgo('a', 'live', { last: 25 });
  await seenAgo('b', 'lost', { last: 35, start: 60 });
  await seenAgo('c', 'forgotten', { last: 3601 });
  await workers.seen({ ...worker, id: 'a', build: 'live' });
  expect(await workers.liveBuilds()).toEqual(['live']);
  expect((await hosts.find('host-a'))?.workers.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('the contract of a host is the lowest of its live workers', async () => {
  const { workers, hosts } = bench.store;
  await hosts.register(testHost('host-b'));
  await workers.seen({ ...worker, id: 'a', build: 'x' });
  await workers.seen({ ...worker, id: 'b', build: 'x', contract: 3 });
  await workers.seen({ ...worker, id: 'c', hostId: 'host-b', build: 'x', contract: 5 });
  await bench.rows("UPDATE workers SET last_seen_at = now() - interval '1 minute' WHERE id = 'c'");
  expect(await workers.contracts(['host-a', 'host-b', 'unknown'])).toEqual(new Map([['host-a', 2]]));
});

test('a new database goes to a host with the current contract (M58)', async () => {
  const { workers, hosts, placements } = bench.store;
  await hosts.register(testHost('host-z'));
  await workers.seen({ ...worker, id: 'a', build: 'x', contract: 1 });
  await workers.seen({ ...worker, id: 'z', hostId: 'host-z', build: 'x', contract: currentContract });
  const { database } = await acceptedCreate(bench.store);
  expect(await placements.place(database.id)).toBe('host-z');
});

test('a removed host takes its workers with it', async () => {
  const { workers, hosts } = bench.store;
  await hosts.register(testHost('host-c'));
  await workers.seen({ ...worker, id: 'd', hostId: 'host-c', build: 'x' });
  await hosts.remove('host-c', null, { actor: 'ada' });
  expect(await workers.liveBuilds()).toEqual([]);
});
