import fc from 'fast-check';
import { DatabaseError } from '../../databases/errors';
import { sizeClasses } from '../../databases/spec';
import type { Finish } from '../../store/finish';
import type { OperationRecord } from '../../store/records';
import { expectCounted } from '../support/holdings';
import {
  inputOf,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
  testHost,
  uniqueName,
} from '../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
  const { micro, medium } = sizeClasses;
  await store.hosts.change(bench.host.id, { capacity: { memoryBytes: 3 * medium.memoryBytes } });
  const second = testHost('host-b');
  await store.hosts.register(second);
  await store.hosts.change(second.id, { capacity: { nanoCpus: 5 * micro.nanoCpus } });
});
afterAll(async () => {
  await bench?.close();
});

const size = fc.constantFrom('micro' as const, 'small' as const, 'medium' as const);
const which = fc.nat(3);
const ending = fc.constantFrom<Pick<Finish, 'outcome' | 'wayBack'>>(
  { outcome: 'succeeded', wayBack: 'not_taken' },
  { outcome: 'failed', wayBack: 'done' },
  { outcome: 'failed', wayBack: 'failed' },
  { outcome: 'cancelled', wayBack: 'done' },
);

/** What happens to the database in one of four places. */
const event = fc.oneof(
  fc.record({ do: fc.constant('create' as const), which, size }),
  fc.record({ do: fc.constant('resize' as const), which, size }),
  fc.record({ do: fc.constantFrom('stop', 'start', 'describe', 'delete'), which }),
  fc.record({ do: fc.constantFrom('retry', 'begin', 'cancel', 'abort', 'resume'), which }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), which, ending }) },
);
type Event = typeof event extends fc.Arbitrary<infer One> ? One : never;

const limits = { databases: 3, nanoCpus: 1_500_000_000, memoryBytes: null };
const error = { code: 'not_ready', message: 'no answer' } as const;

/** A tenant of four places, on each of which there may be a database. */
class Tenant {
  readonly id = uniqueName();
  /** By place, the newest first. */
  private readonly databases: string[][] = [[], [], [], []];
  private readonly request = requestOf({ tenantId: this.id });

  /** Refusals are answers; what the store could not do, such as for a deadlock, is none. */
  async happens(one: Event): Promise<void> {
    try {
      if (one.do === 'create') await this.create(one);
      else await this.change(one, this.databases[one.which]?.[0]);
    } catch (refusal) {
      if (!(refusal instanceof DatabaseError) || ['store_unavailable', 'internal'].includes(refusal.code))
        throw refusal;
    }
  }

  /** Ends what is open, takes back what is to go back, and deletes what is left. */
  async removeAll(): Promise<void> {
    for (const [which, ids] of this.databases.entries()) {
      while (ids.length > 0) {
        for (const step of ['begin', 'end', 'resume', 'begin', 'end', 'delete', 'begin', 'end'] as const) {
          await this.happens({ do: step, which, ending: success } as Event);
        }
        ids.shift();
      }
    }
  }

  private async create({ which: place, size: name }: Event & { do: 'create' }): Promise<void> {
    const ids = this.databases[place] ?? [];
    if ((await store.databases.get(this.id, ids[0] ?? '')) !== null) return;
    const { database } = await store.accept.create(this.request, inputOf({ size: sizeClasses[name] }));
    ids.unshift(database.id);
  }

  private async change(one: Exclude<Event, { do: 'create' }>, databaseId: string | undefined): Promise<void> {
    if (databaseId === undefined) return;
    const change = { databaseId, retryOf: null };
    switch (one.do) {
      case 'resize':
        await store.accept.change(this.request, { ...change, kind: 'resize', input: { size: sizeClasses[one.size] } });
        return;
      case 'stop':
      case 'start':
      case 'delete':
        await store.accept.change(this.request, { ...change, kind: one.do, input: {} });
        return;
      case 'describe':
        await store.accept.change(this.request, { ...change, kind: 'describe', input: { description: uniqueName() } });
        return;
      case 'retry':
        await this.retry(await this.lastOf(databaseId));
        return;
      case 'resume':
        await store.finish.resumeWayBack(databaseId, 'sweep');
        return;
    }
    const operation = await this.lastOf(databaseId);
    switch (one.do) {
      case 'begin':
        await this.begin(operation);
        return;
      case 'cancel':
        await store.finish.cancel(this.id, operation.id, 'ada');
        return;
      case 'abort':
        await store.finish.abort(operation.id, 'ada', 'gone');
        return;
      case 'end':
        if (operation.state === 'pending') return;
        await store.finish.finish({
          operationId: operation.id,
          ...endingOf(operation, one.ending),
          error: one.ending.outcome === 'succeeded' ? null : error,
        });
    }
  }

  private async lastOf(databaseId: string): Promise<OperationRecord> {
    const page = await store.operations.list(this.id, { databaseId }, { pageSize: 200, pageToken: null });
    const [last] = page.items.toSorted((a, b) => b.generation - a.generation);
    if (last === undefined) throw new Error(`database ${databaseId} has no operation`);
    return last;
  }

  private async retry({ kind, state, databaseId, input, id }: OperationRecord): Promise<void> {
    if ((state === 'failed' || state === 'cancelled') && kind !== 'recover' && kind !== 'repair') {
      await store.accept.change(this.request, { kind, databaseId, input, retryOf: id });
    }
  }

  private async begin(operation: OperationRecord): Promise<void> {
    const { id, kind, databaseId } = operation;
    if (!(await store.progress.claim(id, 'run', null))) return;
    if (kind !== 'create') return;
    const hostId = await store.placements.place(databaseId);
    const claimed = await store.progress.operation(id);
    await store.progress.mark(claimed, 'creating', [placementOf(databaseId, hostId)]);
  }
}

const success = { outcome: 'succeeded', wayBack: 'not_taken' } as const;

/** As a workflow would end it: one that does not go back does not say that it did. */
function endingOf({ kind }: OperationRecord, { outcome, wayBack }: Pick<Finish, 'outcome' | 'wayBack'>) {
  const isOneWay = kind === 'recover' || (kind === 'delete' && outcome === 'failed');
  if (kind === 'recover' && outcome === 'cancelled') return { outcome: 'failed', wayBack: 'not_taken' } as const;
  return { outcome, wayBack: isOneWay ? 'not_taken' : wayBack } as const;
}

/** No limit is passed, be it of the tenant or of a host. */
async function expectWithin(tenantId: string): Promise<void> {
  const { used } = await store.quotas.get(tenantId);
  expect(used.databases).toBeLessThanOrEqual(limits.databases);
  expect(used.nanoCpus).toBeLessThanOrEqual(limits.nanoCpus);
  for (const { capacity, used: ofHost } of await store.hosts.list()) {
    expect(ofHost.nanoCpus).toBeLessThanOrEqual(capacity.nanoCpus ?? Infinity);
    expect(ofHost.memoryBytes).toBeLessThanOrEqual(capacity.memoryBytes ?? Infinity);
  }
}

test('whatever happens to databases, counters are the sums of what they hold, and in the end nothing (B23)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), async (events) => {
      const tenant = new Tenant();
      await store.quotas.setLimits(tenant.id, limits);
      for (const one of events) {
        await tenant.happens(one);
        await expectCounted(bench.database.url);
        await expectWithin(tenant.id);
      }
      await tenant.removeAll();
      await expectCounted(bench.database.url);
      expect((await store.quotas.get(tenant.id)).used).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
    }),
    { numRuns: 10 },
  );
});

test('as much happens at once, counters are the sums of what databases hold', async () => {
  const tenants = Array.from({ length: 4 }, () => new Tenant());
  for (const { id } of tenants) await store.quotas.setLimits(id, limits);
  for (const events of fc.sample(fc.array(event, { minLength: 40, maxLength: 40 }), 5)) {
    await Promise.all(events.map((one, index) => tenants[index % tenants.length]?.happens(one)));
    await expectCounted(bench.database.url);
  }
  for (const tenant of tenants) {
    await tenant.removeAll();
    expect((await store.quotas.get(tenant.id)).used).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
  }
});
