import fc from 'fast-check';
import { DatabaseError } from '../../../domain/errors';
import type { Placement } from '../../../domain/planning/resources';
import { sizeClasses } from '../../../domain/spec';
import { isFinished } from '../../../domain/states';
import type { OperationRecord } from '../../../store/databases/records';
import type { Finish } from '../../../store/operations/finish';
import { expectCounted } from '../../support/holdings';
import {
  ada,
  begun,
  inputOf,
  openTestStore,
  placementOf,
  requestOf,
  type TestStore,
  testHost,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  // Whoever asks with many others waits for a connection for as long as it takes.
  bench = await openTestStore({ connectTimeoutMs: 20_000 });
  store = bench.store;
  const { micro, medium } = sizeClasses;
  await store.hosts.change(bench.host.id, { capacity: { memoryBytes: 3 * medium.memoryBytes } }, null, ada);
  const second = testHost('host-b');
  await store.hosts.register(second);
  await store.hosts.change(second.id, { capacity: { nanoCpus: 5 * micro.nanoCpus } }, null, ada);
});
afterAll(async () => {
  await bench?.close();
});

const cancelledAfterAll: Course = { begun: false, then: { outcome: 'cancelled', wayBack: 'done' } };
/** What is not placed fails. */
const withoutPlace: Course['then'] = { outcome: 'failed', wayBack: 'done' };
const succeeding: Course = { begun: true, then: { outcome: 'succeeded', wayBack: 'not_taken' } };
const size = fc.constantFrom(sizeClasses.micro, sizeClasses.small, sizeClasses.medium);

/** How an operation goes on once it is accepted; what is left open is met by the next one. */
const course = fc.constantFrom(
  { begun: false, then: 'left open' },
  { begun: true, then: 'left open' },
  { begun: false, then: 'cancelled' },
  { begun: false, then: 'aborted' },
  { begun: true, then: 'aborted' },
  { begun: true, then: { outcome: 'succeeded', wayBack: 'not_taken' } },
  { begun: true, then: { outcome: 'failed', wayBack: 'done' } },
  { begun: true, then: { outcome: 'failed', wayBack: 'failed' } },
  { begun: true, then: { outcome: 'cancelled', wayBack: 'done' } },
) satisfies fc.Arbitrary<Course>;

interface Course {
  readonly begun: boolean;
  readonly then: 'left open' | 'cancelled' | 'aborted' | Pick<Finish, 'outcome' | 'wayBack'>;
}

/** What is asked of the database in one of two places. Where there is none, one is created. */
const story = fc.record({
  place: fc.nat(1),
  ask: fc.oneof({ weight: 3, arbitrary: fc.constant('resize' as const) }, fc.constant('go on' as const), {
    weight: 2,
    arbitrary: fc.constantFrom('stop', 'start', 'describe', 'delete', 'retry', 'resume'),
  }),
  size,
  course: fc.oneof(course, fc.constant(succeeding)),
});
type Story = typeof story extends fc.Arbitrary<infer One> ? One : never;

const limits = { databases: null, nanoCpus: 1_300_000_000, memoryBytes: null };
const error = { code: 'not_ready', message: 'no answer' } as const;

/** A tenant of two places, on each of which there may be a database. */
class Tenant {
  /** By place, the newest first. */
  private readonly databases: string[][] = [[], []];
  private readonly request: ReturnType<typeof requestOf>;

  constructor(readonly id: string) {
    this.request = requestOf({ tenantId: id });
  }

  /** Small databases to begin with. */
  async settles(): Promise<void> {
    const rest = { ask: 'resize', size: sizeClasses.micro, course: succeeding } as const;
    for (const place of this.databases.keys()) await this.lives({ place, ...rest });
  }

  /** Refusals are answers; what the store could not do, such as for a deadlock, is none. */
  async lives(one: Story): Promise<void> {
    try {
      const operation = await this.asked(one);
      if (operation !== null) await this.goesOn(operation, one.course);
    } catch (refusal) {
      if (!(refusal instanceof DatabaseError) || ['store_unavailable', 'internal'].includes(refusal.code))
        throw refusal;
    }
  }

  /** Ends what is open, takes back what is to go back, and deletes what is left. */
  async removeAll(): Promise<void> {
    const rest = { size: sizeClasses.micro, course: succeeding };
    for (const [place, ids] of this.databases.entries()) {
      for (; ids.length > 0; ids.shift()) {
        // What goes on may leave a way back to go on with.
        for (let round = 0; round < 5 && (await store.databases.get(this.id, ids[0] ?? '')) !== null; round += 1) {
          for (const ask of ['go on', 'resume', 'delete'] as const) await this.lives({ place, ask, ...rest });
        }
      }
    }
  }

  private async asked({ place, ask, size: wanted }: Story): Promise<OperationRecord | null> {
    const ids = this.databases[place] ?? [];
    const database = await store.databases.get(this.id, ids[0] ?? '');
    if (database === null) {
      if (ask === 'delete' || ask === 'go on' || ask === 'resume') return null;
      const made = await store.operations.create(this.request, inputOf({ size: wanted }));
      ids.unshift(made.database.id);
      return made.operation;
    }
    if (ask === 'go on') return this.lastOf(database.id);
    if (ask === 'resume') return store.operations.recover(database.id, 'sweep');
    const change = { databaseId: database.id, retryOf: null };
    if (ask !== 'retry') {
      const inputs = { resize: { size: wanted }, describe: { description: uniqueName() } };
      const input = ask === 'resize' || ask === 'describe' ? inputs[ask] : {};
      return (await store.operations.change(this.request, { ...change, kind: ask, input })).operation;
    }
    return (await store.operations.retry(this.request, await this.lastOf(database.id))).operation;
  }

  private async goesOn(operation: OperationRecord, course: Course): Promise<void> {
    const { id: operationId } = operation;
    // Once a cancel was accepted, nothing else ends it.
    const { begun, then: planned } = operation.state === 'cancelling' ? cancelledAfterAll : course;
    const then = begun && !(await this.begins(operation)) ? withoutPlace : planned;
    if (then === 'left open') return;
    if (then === 'cancelled') await store.operations.cancel(this.id, operationId, 'ada');
    else if (then === 'aborted') await store.operations.abort(operation, 'ada', 'gone');
    else {
      const problem = then.outcome === 'succeeded' ? null : error;
      await store.operations.finish({ operationId, ...endingOf(operation, then), error: problem });
    }
  }

  private async lastOf(databaseId: string): Promise<OperationRecord> {
    const page = await store.operations.list(this.id, { databaseId }, { pageSize: 200, pageToken: null });
    // Of two of one generation, such as a recovery and what it recovers from, the one that is not finished.
    const byAge = page.items.toSorted((a, b) => b.generation - a.generation);
    const last = byAge.find(({ state }) => !isFinished(state)) ?? byAge[0];
    if (last === undefined) throw new Error(`database ${databaseId} has no operation`);
    return last;
  }

  /** Claimed, placed and marked, as by a workflow. False where there is no room for it. */
  private async begins({ id, kind, databaseId }: OperationRecord): Promise<boolean> {
    if (!(await store.operations.claim(id, 'run', null))) return true;
    const claimed = await store.operations.load(id);
    const during = kind === 'create' ? 'creating' : kind === 'delete' ? 'deleting' : 'modifying';
    try {
      const placements =
        kind === 'create'
          ? [placementOf(databaseId, await store.placements.place(databaseId))]
          : await placementsNow(databaseId);
      await store.operations.markInstances(claimed, during, placements);
      await begun(store, claimed);
      return true;
    } catch (refusal) {
      if (refusal instanceof DatabaseError && refusal.code === 'capacity_exhausted') return false;
      throw refusal;
    }
  }
}

async function placementsNow(databaseId: string): Promise<Placement[]> {
  const instances = (await store.databases.find(databaseId))?.instances ?? [];
  return instances.map(({ id, name, hostId }) => ({
    instanceId: id,
    instanceName: name,
    hostId,
    initialized: true,
  }));
}

/** As a workflow would end it: one that does not go back does not say that it did. */
function endingOf({ kind }: OperationRecord, { outcome, wayBack }: Pick<Finish, 'outcome' | 'wayBack'>) {
  const isOneWay = kind === 'recover' || (kind === 'delete' && outcome === 'failed');
  if (kind === 'recover' && outcome === 'cancelled') return { outcome: 'failed', wayBack: 'not_taken' } as const;
  return { outcome, wayBack: isOneWay ? 'not_taken' : wayBack } as const;
}

/** No limit is passed, be it of the tenant or of a host. */
async function expectWithin(tenantId: string): Promise<void> {
  const { used } = await store.quotas.get(tenantId);
  expect(used.nanoCpus).toBeLessThanOrEqual(limits.nanoCpus);
  for (const { capacity, used: ofHost } of await store.hosts.list()) {
    expect(ofHost.nanoCpus).toBeLessThanOrEqual(capacity.nanoCpus ?? Infinity);
    expect(ofHost.memoryBytes).toBeLessThanOrEqual(capacity.memoryBytes ?? Infinity);
  }
}

test('whatever happens to databases, counters are the sums of what they hold, and in the end nothing (B23)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(story, { minLength: 15, maxLength: 20 }), async (stories) => {
      const tenant = new Tenant((await store.tenants.create(uniqueName(), ada)).id);
      await store.quotas.setLimits(tenant.id, limits, null, ada);
      await tenant.settles();
      for (const one of stories) {
        await tenant.lives(one);
        await expectCounted(bench.database.url);
        await expectWithin(tenant.id);
      }
      await tenant.removeAll();
      expect((await store.quotas.get(tenant.id)).used).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
    }),
    { numRuns: 6 },
  );
});

test('as much happens at once, counters are the sums of what databases hold', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => store.tenants.create(uniqueName(), ada)));
  const tenants = ids.map(({ id }) => new Tenant(id));
  for (const tenant of tenants) {
    await store.quotas.setLimits(tenant.id, limits, null, ada);
    await tenant.settles();
  }
  for (const stories of fc.sample(fc.array(story, { minLength: 30, maxLength: 30 }), 5)) {
    await Promise.all(stories.map(async (one, index) => tenants[index % tenants.length]?.lives(one)));
    await expectCounted(bench.database.url);
  }
  for (const tenant of tenants) {
    await tenant.removeAll();
    const { items: left } = await store.databases.list(tenant.id, {}, { pageSize: 200, pageToken: null });
    expect(left).toEqual([]);
    expect((await store.quotas.get(tenant.id)).used).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
  }
});
