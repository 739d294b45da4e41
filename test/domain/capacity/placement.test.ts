import fc from 'fast-check';
import { type Candidate, fits, freeOf, noRoom, placementFor } from '../../../domain/capacity/placement';
import { currentContract } from '../../../domain/planning/contract';

const gibibyte = 1024 ** 3;
const cpu = 1_000_000_000;
const size = { nanoCpus: cpu, memoryBytes: gibibyte };

/** A host of 4 CPUs and 8 GiB of which nothing is used. */
function host(id: string, changes: Partial<Candidate> = {}): Candidate {
  const capacity = { nanoCpus: 4 * cpu, memoryBytes: 8 * gibibyte };
  return {
    id,
    cordoned: false,
    capacity,
    used: { nanoCpus: 0, memoryBytes: 0 },
    instances: 0,
    contract: currentContract,
    ...changes,
  };
}

const used = (cpus: number, gibibytes: number) => ({ nanoCpus: cpus * cpu, memoryBytes: gibibytes * gibibyte });
const unlimited = { nanoCpus: null, memoryBytes: null };

test.each<{ title: string; hosts: Candidate[]; chosen: string | null }>([
  { title: 'no host', hosts: [], chosen: null },
  { title: 'the only one', hosts: [host('a')], chosen: 'a' },
  {
    title: 'the one with more memory free',
    hosts: [host('a', { used: used(1, 4) }), host('b', { used: used(1, 3) })],
    chosen: 'b',
  },
  {
    title: 'the one with more memory free, though another has more processors and fewer instances',
    hosts: [host('a', { used: used(0, 4) }), host('b', { used: used(3, 3), instances: 9 })],
    chosen: 'b',
  },
  {
    title: 'of equals the one with fewer instances',
    hosts: [host('a', { instances: 2 }), host('b', { instances: 1 })],
    chosen: 'b',
  },
  { title: 'of equals in all the first by id', hosts: [host('b'), host('a')], chosen: 'a' },
  { title: 'not a cordoned one', hosts: [host('a', { cordoned: true }), host('b', { used: used(1, 7) })], chosen: 'b' },
  {
    title: 'one whose workers know every step before one with more memory free (M58)',
    hosts: [host('a', { contract: 1 }), host('b', { used: used(1, 7) })],
    chosen: 'b',
  },
  {
    title: 'one whose workers do not know every step when no other has room (M58)',
    hosts: [host('a', { contract: 1 }), host('b', { used: used(1, 7.5) })],
    chosen: 'a',
  },
  { title: 'none when all are cordoned', hosts: [host('a', { cordoned: true })], chosen: null },
  { title: 'one that it fills', hosts: [host('a', { used: used(3, 7) })], chosen: 'a' },
  { title: 'not one without the memory', hosts: [host('a', { used: used(0, 7.5) })], chosen: null },
  {
    title: 'not one without the processors, though it has the most memory',
    hosts: [host('a', { used: used(3.5, 0) }), host('b', { used: used(0, 6) })],
    chosen: 'b',
  },
  {
    title: 'one without limits before any other',
    hosts: [host('a'), host('b', { capacity: unlimited, used: used(90, 90), instances: 90 })],
    chosen: 'b',
  },
  {
    title: 'of those without limits the one with fewer instances',
    hosts: [host('a', { capacity: unlimited, instances: 1 }), host('b', { capacity: unlimited })],
    chosen: 'b',
  },
  {
    title: 'not one whose capacity was set below what is used',
    hosts: [host('a', { used: used(9, 9) })],
    chosen: null,
  },
  {
    title: 'one whose processors have no limit',
    hosts: [host('a', { capacity: { ...unlimited, memoryBytes: gibibyte }, used: used(50, 0) })],
    chosen: 'a',
  },
])('placement picks $title', ({ hosts, chosen }) => {
  expect(placementFor(hosts, size)).toBe(chosen);
});

const limits = fc.option(fc.nat(8), { freq: 3 });
const hosts = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    cordoned: fc.boolean(),
    capacity: fc.record({ nanoCpus: limits, memoryBytes: limits }),
    used: fc.record({ nanoCpus: fc.nat(9), memoryBytes: fc.nat(9) }),
    instances: fc.nat(3),
    contract: fc.integer({ min: 1, max: currentContract }),
  }),
  { selector: ({ id }) => id },
);
const sizes = fc.record({ nanoCpus: fc.nat(8), memoryBytes: fc.nat(8) });

test('what is picked fits, and nothing that fits is passed over for none', () => {
  fc.assert(
    fc.property(hosts, sizes, (all, asked) => {
      const fitting = all.filter((one) => fits(one, asked)).map(({ id }) => id);
      const chosen = placementFor(all, asked);
      if (chosen === null) expect(fitting).toEqual([]);
      else expect(fitting).toContain(chosen);
    }),
  );
});

test('the order in which hosts are listed says nothing', () => {
  fc.assert(
    fc.property(hosts, sizes, (all, asked) => {
      expect(placementFor([...all].reverse(), asked)).toBe(placementFor(all, asked));
    }),
  );
});

test('what is left is never less than nothing', () => {
  expect(freeOf(host('a', { used: used(9, 3) }))).toEqual({ nanoCpus: 0, memoryBytes: 5 * gibibyte });
  expect(freeOf(host('a', { capacity: unlimited }))).toEqual(unlimited);
});

test('a refusal says what was asked and the most that a host has free', () => {
  const full = [host('a', { used: used(4, 7) }), host('b', { used: used(4, 5) }), host('c', { cordoned: true })];
  expect(noRoom(full, size)).toMatchObject({
    code: 'capacity_exhausted',
    details: { asked: size, mostFree: { nanoCpus: 0, memoryBytes: 3 * gibibyte } },
  });
  expect(noRoom([host('a', { cordoned: true })], size)).toMatchObject({ message: 'all hosts are cordoned' });
  expect(noRoom([], size)).toMatchObject({ message: 'no host is registered', details: { mostFree: null } });
  for (const none of [[], [host('a', { cordoned: true })]]) expect(noRoom(none, size).code).toBe('capacity_exhausted');
});
