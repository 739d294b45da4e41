import { DatabaseError } from '../../../domain/errors';
import { patchedAttributes, patchedLabels } from '../../../domain/operations/change';
import { type GoalInput, goalOf } from '../../../domain/operations/goal';
import { countersAfter, disruptiveKinds, kinds, operationKinds } from '../../../domain/operations/kinds';
import {
  changedAttributes,
  changedSpec,
  createdSpec,
  createInputSchema,
  instanceVerbKinds,
  mayChangeNothing,
  operations,
  type RequestedKind,
  requestedKinds,
  verbKinds,
  viaOf,
} from '../../../domain/operations/operations';
import { maxLabels, type Spec, sizeClasses } from '../../../domain/spec';

const input = { name: 'orders', version: '17', size: 'small' };
const spec: Spec = createdSpec(createInputSchema.parse(input));
const attributes = { description: 'shop', labels: { team: 'a' }, deletionProtection: true };

test('every kind has its route, its permission, and whether an instance can have it', () => {
  const rows = requestedKinds.map((kind) => {
    const { permission, route, ...rest } = operations[kind];
    return `${kind}: ${route.method} ${route.path || '-'} ${permission}${'onInstance' in rest && rest.onInstance ? ' instance' : ''}`;
  });
  expect(rows).toEqual([
    'create: post - database:create',
    'stop: post /stop database:update instance',
    'start: post /start database:update instance',
    'restart: post /restart database:update instance',
    'pause: post /pause database:update instance',
    'resume: post /resume database:update instance',
    'resize: post /resize database:update instance',
    'rotate-credentials: post /rotate-credentials database:update',
    'update: patch - database:update',
    'describe: patch - database:update',
    'recover: post /recover database:update',
    'delete: delete - database:delete',
    'undelete: post /undelete database:update',
    'purge: delete - database:delete',
  ]);
});

test('what has a route of its own, on a database and on an instance', () => {
  expect(verbKinds).toEqual([
    ...['stop', 'start', 'restart', 'pause', 'resume', 'resize'],
    ...['rotate-credentials', 'recover', 'delete', 'undelete', 'purge'],
  ]);
  expect(instanceVerbKinds).toEqual(['stop', 'start', 'restart', 'pause', 'resume', 'resize']);
});

test('only changes of what may be the same already can be skipped', () => {
  expect(requestedKinds.filter(mayChangeNothing)).toEqual(['resize', 'update', 'describe']);
  for (const kind of requestedKinds) expect(typeof mayChangeNothing(kind)).toBe('boolean');
});

test('the plans of these kinds ask the engine, as what it applied decides about its steps', () => {
  const asking = operationKinds.filter((kind) => kinds[kind].asksEngine === true);
  expect(asking).toEqual(['resize', 'update', 'recover', 'repair']);
});

test('the plans of these kinds look into volumes, as they may lead to nothing without a request for it', () => {
  expect(operationKinds.filter((kind) => kinds[kind].asksVolumes === true)).toEqual(['create', 'recover']);
});

test('every kind raises the generation, and all but a change of the record alone raise the disruption (M30, M31)', () => {
  expect(operationKinds.filter((kind) => !disruptiveKinds.includes(kind))).toEqual(['describe']);
  for (const kind of operationKinds) {
    const disruption = disruptiveKinds.includes(kind) ? 4 : 3;
    expect({ kind, ...countersAfter({ generation: 7, disruption: 3 }, kind) }).toEqual({
      kind,
      generation: 8,
      disruption,
    });
  }
});

test('a new database has the defaults that it is documented with', () => {
  expect(createInputSchema.parse(input)).toEqual({
    name: 'orders',
    version: '17',
    size: sizeClasses.small,
    parameters: {},
    labels: {},
    description: '',
    deletionProtection: false,
    pooler: { enabled: false, poolSize: 20, mode: 'transaction' },
    exporter: { enabled: false },
  });
});

test('a description has at most 1000 characters', () => {
  const isAccepted = (description: string) => createInputSchema.safeParse({ ...input, description }).success;
  expect(isAccepted('x'.repeat(1000))).toBe(true);
  expect(isAccepted('x'.repeat(1001))).toBe(false);
  expect(isAccepted('short')).toBe(true);
});

test.each<{ kind: RequestedKind; given: unknown; change: Partial<Spec> }>([
  { kind: 'stop', given: {}, change: { power: 'stopped' } },
  { kind: 'start', given: {}, change: { power: 'running' } },
  { kind: 'restart', given: {}, change: { power: 'running' } },
  { kind: 'pause', given: {}, change: { power: 'paused' } },
  { kind: 'resume', given: {}, change: { power: 'running' } },
  { kind: 'resize', given: { size: sizeClasses.large }, change: { size: sizeClasses.large } },
  { kind: 'rotate-credentials', given: {}, change: { credentials: 2 } },
  { kind: 'update', given: { parameters: { work_mem: '8MB' } }, change: { parameters: { work_mem: '8MB' } } },
  { kind: 'describe', given: { description: 'x' }, change: {} },
  { kind: 'recover', given: {}, change: {} },
])('$kind changes $change of the spec, and nothing of what is not there', ({ kind, given, change }) => {
  expect(changedSpec(kind, spec, given)).toEqual({ ...spec, ...change });
  expect(changedSpec(kind, null, given)).toBeNull();
});

test('only a patch changes the attributes', () => {
  const patch = { description: 'other' };
  for (const kind of requestedKinds) {
    const description = ['update', 'describe'].includes(kind) ? 'other' : 'shop';
    expect(changedAttributes(kind, attributes, patch)).toEqual({ ...attributes, description });
  }
});

test('a restart goes by way of stopped, and nothing else by way of anything', () => {
  for (const kind of requestedKinds) {
    expect(viaOf(kind, spec)).toEqual(kind === 'restart' ? { ...spec, power: 'stopped' } : spec);
  }
});

test('a merge patch may add labels up to the limit, and no further', () => {
  const labels = Object.fromEntries(Array.from({ length: maxLabels - 1 }, (_, index) => [`label-${index}`, 'x']));
  expect(Object.keys(patchedLabels(labels, { last: 'y' }))).toHaveLength(maxLabels);
  expect(patchedAttributes({ ...attributes, labels }, { labels: { last: 'y' } }).labels).toMatchObject({ last: 'y' });
  let refusal: unknown;
  try {
    patchedLabels(labels, { last: 'y', more: 'z' });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(DatabaseError);
  expect(refusal).toMatchObject({
    code: 'invalid_request',
    details: {
      errors: [{ field: 'labels', expected: `at most ${maxLabels} labels`, received: `${maxLabels + 1} labels` }],
    },
  });
});

describe('the goal of a plan', () => {
  const goal = (changes: Partial<GoalInput>) =>
    goalOf({
      kind: 'stop',
      input: {},
      direction: 'requested',
      leg: 0,
      spec,
      hasData: true,
      formerState: 'available',
      ...changes,
    });

  test.each<{ name: string; of: Partial<GoalInput>; is: Spec | null | 'unchanged' }>([
    { name: 'what changes only the record leaves everything', of: { kind: 'describe' }, is: 'unchanged' },
    { name: 'a recovery leads to the record', of: { kind: 'recover', formerState: 'failed' }, is: spec },
    {
      name: 'a recovery without data leads to nothing',
      of: { kind: 'recover', formerState: 'failed', hasData: false },
      is: null,
    },
    { name: 'a repair leads to the spec', of: { kind: 'repair' }, is: spec },
    { name: 'a request leads to the changed spec', of: {}, is: { ...spec, power: 'stopped' } },
    { name: 'the way back leads to the record', of: { direction: 'former' }, is: spec },
    {
      name: 'a cancelled delete of a failed database changes nothing',
      of: { kind: 'delete', direction: 'former', formerState: 'failed' },
      is: 'unchanged',
    },
    {
      name: 'a cancelled delete of another goes back',
      of: { kind: 'delete', direction: 'former', formerState: 'stopped' },
      is: spec,
    },
    {
      name: 'the first plan of a restart stops',
      of: { kind: 'restart', leg: 0 },
      is: { ...spec, power: 'stopped' },
    },
    { name: 'the second plan of a restart starts', of: { kind: 'restart', leg: 1 }, is: { ...spec, power: 'running' } },
  ])('$name', ({ of, is }) => {
    expect(goal(of)).toEqual(is);
  });
});
