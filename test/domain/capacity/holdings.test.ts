import { heldAfter, heldDuring } from '../../../domain/capacity/holdings';
import { amountsBetween, type Limits, quotaExceeded } from '../../../domain/capacity/quotas';
import type { OperationKind } from '../../../domain/operations/kinds';
import { noExporter, noPooler, type Spec, sizeClasses } from '../../../domain/spec';

const { small, large } = sizeClasses;
const spec: Spec = {
  version: '17',
  size: small,
  parameters: {},
  power: 'running',
  credentials: 1,
  pooler: noPooler,
  exporter: noExporter,
};

test.each([
  { title: 'nothing yet: what is asked for', held: null, asked: small, size: small },
  { title: 'less: what is asked for', held: small, asked: large, size: large },
  { title: 'more: what it holds', held: large, asked: small, size: large },
  {
    title: 'more of one: the more of each',
    held: { nanoCpus: 2, memoryBytes: 1 },
    asked: { nanoCpus: 1, memoryBytes: 2 },
    size: { nanoCpus: 2, memoryBytes: 2 },
  },
])('during a change a database that holds $title (B23)', ({ held, asked, size }) => {
  expect(heldDuring(held, asked)).toEqual(size);
});

interface End {
  readonly kind: OperationKind;
  readonly outcome?: 'succeeded' | 'failed' | 'cancelled';
  readonly wayBack?: 'not_taken' | 'done' | 'failed';
  readonly hasData?: boolean;
}

test.each<{ title: string; end: End; held: typeof small | typeof large | null }>([
  { title: 'a create that succeeded', end: { kind: 'create' }, held: small },
  { title: 'a resize down that succeeded', end: { kind: 'resize' }, held: small },
  { title: 'a resize that went back', end: { kind: 'resize', outcome: 'failed', wayBack: 'done' }, held: small },
  { title: 'a resize that was cancelled', end: { kind: 'resize', outcome: 'cancelled', wayBack: 'done' }, held: small },
  {
    title: 'a resize whose way back failed',
    end: { kind: 'resize', outcome: 'failed', wayBack: 'failed' },
    held: large,
  },
  { title: 'its recovery', end: { kind: 'recover' }, held: small },
  {
    title: 'its recovery, which failed',
    end: { kind: 'recover', outcome: 'failed' },
    held: large,
  },
  {
    title: 'a create that went back',
    end: { kind: 'create', outcome: 'failed', wayBack: 'done', hasData: false },
    held: null,
  },
  {
    title: 'a create whose way back failed',
    end: { kind: 'create', outcome: 'failed', wayBack: 'failed', hasData: false },
    held: large,
  },
  { title: 'the recovery of a create', end: { kind: 'recover', hasData: false }, held: null },
  { title: 'a delete that failed', end: { kind: 'delete', outcome: 'failed' }, held: large },
  {
    title: 'a delete that failed of what was never ready',
    end: { kind: 'delete', outcome: 'failed', hasData: false },
    held: large,
  },
  { title: 'a description', end: { kind: 'describe', hasData: false }, held: large },
  { title: 'a repair that failed', end: { kind: 'repair', outcome: 'failed' }, held: small },
  { title: 'a stop', end: { kind: 'stop' }, held: small },
])('after $title', ({ end, held }) => {
  const whole = { outcome: 'succeeded', wayBack: 'not_taken', hasData: true, ...end } as const;
  expect(heldAfter({ ...whole, held: large, spec })).toEqual(held);
});

describe('a quota', () => {
  const used = { databases: 3, nanoCpus: 30, memoryBytes: 300 };
  const none: Limits = { databases: null, nanoCpus: null, memoryBytes: null };
  const asked = { databases: 1, nanoCpus: 10, memoryBytes: 100 };

  test.each([
    { limits: { ...none, databases: 3 }, details: { quota: 'databases', used: 3, limit: 3, asked: 1 } },
    { limits: { ...none, nanoCpus: 39 }, details: { quota: 'nanoCpus', used: 30, limit: 39, asked: 10 } },
    { limits: { ...none, memoryBytes: 0 }, details: { quota: 'memoryBytes', used: 300, limit: 0, asked: 100 } },
    {
      limits: { databases: 4, nanoCpus: 31, memoryBytes: 301 },
      details: { quota: 'nanoCpus', used: 30, limit: 31, asked: 10 },
    },
  ])('that is passed says which limit: $details.quota', ({ limits, details }) => {
    expect(quotaExceeded({ limits, used }, asked)).toMatchObject({ code: 'quota_exceeded', details });
  });

  test('that is not passed is an error of ours', () => {
    expect(quotaExceeded({ limits: none, used }, asked)).toMatchObject({ code: 'internal' });
  });

  test('of which nothing is asked says nothing, though it is passed', () => {
    const limits = { ...none, databases: 1, nanoCpus: 31 };
    expect(quotaExceeded({ limits, used }, { ...asked, databases: 0 }).details).toMatchObject({ quota: 'nanoCpus' });
  });

  test('counts what lies between two sizes, and a database where there was none', () => {
    expect(amountsBetween(null, small)).toEqual({ databases: 1, ...small });
    expect(amountsBetween(small, null)).toEqual({
      databases: -1,
      nanoCpus: -small.nanoCpus,
      memoryBytes: -small.memoryBytes,
    });
    expect(amountsBetween(large, small)).toMatchObject({ databases: 0, nanoCpus: small.nanoCpus - large.nanoCpus });
    expect(amountsBetween(null, null)).toEqual({ databases: 0, nanoCpus: 0, memoryBytes: 0 });
  });
});
