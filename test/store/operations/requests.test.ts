import { randomBytes } from 'node:crypto';
import { createCipher } from '../../../store/connection/cipher';
import { createClient } from '../../../store/connection/client';
import { type Claim, type Claimed, createRequests } from '../../../store/operations/requests';
import { createStore, type Store } from '../../../store/store';
import {
  accepted,
  acceptedCreate,
  available,
  claimed,
  inputOf,
  openTestStore,
  requestOf,
  type TestStore,
} from '../../support/test-store';

let bench: TestStore;
let store: Store;
/** As another process has it. */
let other: Store;
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
  const settings = { databaseUrl: bench.database.url, poolMax: 5, connectTimeoutMs: 5_000 };
  other = createStore(settings, createCipher(randomBytes(32)));
});
afterAll(async () => {
  await other?.close();
  await bench?.close();
});

const newKey = () => randomBytes(8).toString('hex');
const answer = { status: 202, headers: { location: '/v1/operations/x' }, body: '{"a": 1}' };

function claimOf(taken: Claimed): Claim {
  if (!('claim' in taken)) throw new Error('it was answered');
  return taken.claim;
}

/** As if whoever holds it had died a while ago. */
const expire = ({ key }: Claim) => bench.rows(`UPDATE requests SET lease_until = now() WHERE key = $1`, [key]);

test('a request is taken once, and answered the same from then on, in every process', async () => {
  const key = newKey();
  const claim = claimOf(await store.requests.claim('default', key, 'one'));
  await expect(other.requests.claim('default', key, 'one')).rejects.toMatchObject({
    code: 'request_in_progress',
    details: { retryAfterSeconds: 1 },
  });
  await store.requests.keep(claim, answer);
  for (const asked of [store, other]) expect(await asked.requests.claim('default', key, 'one')).toEqual({ answer });
});

test('of 50 at once in two processes one takes it', async () => {
  const key = newKey();
  const claims = Array.from({ length: 50 }, (_, index) =>
    (index % 2 ? store : other).requests.claim('default', key, 'a'),
  );
  const outcomes = await Promise.allSettled(claims);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  expect(new Set(codes)).toEqual(new Set(['request_in_progress']));
});

test('the key of another request is refused, whether that is answered or not; another tenant’s is another key', async () => {
  const key = newKey();
  const claim = claimOf(await store.requests.claim('default', key, 'one'));
  const mismatch = { code: 'idempotency_mismatch' };
  await expect(store.requests.claim('default', key, 'two')).rejects.toMatchObject(mismatch);
  await store.requests.keep(claim, answer);
  await expect(store.requests.claim('default', key, 'two')).rejects.toMatchObject(mismatch);
  expect(await store.requests.claim('other', key, 'two')).toMatchObject({ claim: { tenantId: 'other' } });
});

test('an answer that must not be kept is not: the request is refused from then on', async () => {
  const claim = claimOf(await store.requests.claim('default', newKey(), 'secret'));
  await store.requests.keep(claim, { ...answer, body: null });
  await expect(store.requests.claim('default', claim.key, 'secret')).rejects.toMatchObject({ code: 'answer_not_kept' });
  expect(await bench.rows('SELECT headers, body FROM requests WHERE key = $1', [claim.key])).toEqual([
    { headers: null, body: null },
  ]);
});

test('what was released is taken at once, and by the same request only', async () => {
  const claim = claimOf(await store.requests.claim('default', newKey(), 'one'));
  await store.requests.release(claim);
  await expect(store.requests.claim('default', claim.key, 'two')).rejects.toMatchObject({
    code: 'idempotency_mismatch',
  });
  expect(await store.requests.claim('default', claim.key, 'one')).toMatchObject({ operationId: null });
});

test('a lease runs out by itself', async () => {
  const { prisma, close } = createClient({ databaseUrl: bench.database.url, poolMax: 1, connectTimeoutMs: 5_000 });
  const requests = createRequests(prisma, { leaseMs: -1 });
  const { key } = claimOf(await requests.claim('default', newKey(), 'one'));
  expect(await store.requests.claim('default', key, 'one')).toMatchObject({ operationId: null });
  await close();
});

describe('who dies', () => {
  test('before it is carried out leaves nothing but the key', async () => {
    const claim = claimOf(await store.requests.claim('default', newKey(), 'one'));
    await expire(claim);
    expect(await other.requests.claim('default', claim.key, 'one')).toMatchObject({ operationId: null });
  });

  test.each([
    {
      what: 'a create',
      act: async (claim: Claim) => (await store.operations.create(requestOf({ claim }), inputOf())).operation.id,
    },
    {
      what: 'a change',
      act: async (claim: Claim) => {
        const { database } = await available(store);
        const change = { kind: 'delete', databaseId: database.id, input: {}, retryOf: null } as const;
        return (await accepted(store.operations.change(requestOf({ claim }), change))).operation.id;
      },
    },
    {
      what: 'a cancel',
      act: async (claim: Claim) => {
        const { operation } = await acceptedCreate(store);
        return (await store.operations.cancel('default', operation.id, 'ada', { claim })).id;
      },
    },
    {
      what: 'an abort',
      act: async (claim: Claim) => {
        const { operation } = await acceptedCreate(store);
        await claimed(store, operation);
        await store.operations.abort(operation, 'ada', 'aborted by ada', { claim });
        return operation.id;
      },
    },
  ])('after $what and before its answer is followed by who knows of it', async ({ act }) => {
    const claim = claimOf(await store.requests.claim('default', newKey(), 'one'));
    const operationId = await act(claim);
    await expire(claim);
    expect(await other.requests.claim('default', claim.key, 'one')).toMatchObject({ operationId });
  });

  test('and does not, but is slow, carries out nothing any more: neither does its answer stand', async () => {
    const slow = claimOf(await store.requests.claim('default', newKey(), 'one'));
    await expire(slow);
    const quick = claimOf(await other.requests.claim('default', slow.key, 'one'));
    const { operation } = await acceptedCreate(store);
    const inProgress = { code: 'request_in_progress' };
    const input = inputOf();
    await expect(store.operations.create(requestOf({ claim: slow }), input)).rejects.toMatchObject(inProgress);
    await expect(store.operations.cancel('default', operation.id, 'ada', { claim: slow })).rejects.toMatchObject(
      inProgress,
    );
    expect(await bench.rows('SELECT id FROM databases WHERE name = $1', [input.name])).toEqual([]);
    await expect(store.requests.keep(slow, answer)).rejects.toMatchObject(inProgress);
    await store.requests.release(slow);
    await expect(store.requests.claim('default', slow.key, 'one')).rejects.toMatchObject(inProgress);
    await other.requests.keep(quick, answer);
  });
});

test('a key is known for a day, and can then be used for something else', async () => {
  const [young, old] = [newKey(), newKey()];
  for (const key of [young, old])
    await store.requests.keep(claimOf(await store.requests.claim('default', key, 'one')), answer);
  await bench.rows(`UPDATE requests SET created_at = now() - interval '23 hours 59 minutes' WHERE key = $1`, [young]);
  await bench.rows(`UPDATE requests SET created_at = now() - interval '24 hours 1 minute' WHERE key = $1`, [old]);
  await store.requests.prune();
  expect(await store.requests.claim('default', young, 'one')).toEqual({ answer });
  expect(await store.requests.claim('default', old, 'another')).toMatchObject({ operationId: null });
});
