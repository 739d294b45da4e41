import { contractOf, currentContract, requireContracts } from '../../../domain/planning/contract';
import type { Plan, Step } from '../../../domain/planning/steps';

const step = (kind: 'ensureVolume' | 'markUsed', hostId: string): Step =>
  kind === 'markUsed'
    ? { do: kind, hostId, with: { name: 'pg', version: '17' } }
    : { do: kind, hostId, with: { name: 'pg' } };

const plan: Plan = [[step('ensureVolume', 'a'), step('ensureVolume', 'b')], [step('markUsed', 'b')]];

test('a plan whose steps the workers of every host know is accepted', () => {
  expect(() => requireContracts(plan, new Map([['b', currentContract]]))).not.toThrow();
  expect(() => requireContracts(plan.slice(0, 1), new Map())).not.toThrow();
});

test.each([
  {
    title: 'registered an older contract',
    contracts: new Map([
      ['a', 2],
      ['b', 1],
    ]),
  },
  { title: 'registered none', contracts: new Map([['a', 2]]) },
])('a step is refused on a host whose worker has $title (M58)', ({ contracts }) => {
  expect(() => requireContracts(plan, contracts)).toThrow(
    expect.objectContaining({
      code: 'host_outdated',
      message: 'the worker of host b must be upgraded first: it cannot carry out markUsed',
      details: { hostId: 'b', step: 'markUsed', contract: 1, needed: 2 },
    }),
  );
});

test('the numbers of contracts, which never change', () => {
  expect(Object.entries(contractOf).filter(([, contract]) => contract > 1)).toEqual([['markUsed', 2]]);
  expect(currentContract).toBe(2);
});
