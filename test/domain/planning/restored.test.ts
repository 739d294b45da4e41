import { type Compared, differenceOf, type HostDifferences, standingOf } from '../../../domain/planning/restored';

const known = { kind: 'volume', name: 'v', operationId: 'before' };
const same: Compared = { objects: [known], knownOperations: new Set(['before']), missing: [], unknown: [] };
const later = { kind: 'container', name: 'c', operationId: 'after' };
const volume = { kind: 'volume', name: 'other' };

test.each<{ title: string; changes: Partial<Compared>; difference: ReturnType<typeof differenceOf> }>([
  { title: 'objects of known operations are the same', changes: {}, difference: null },
  {
    title: 'an object without an operation is no sign',
    changes: { objects: [{ ...known, operationId: undefined }] },
    difference: null,
  },
  {
    title: 'an object of an unknown operation counts before all others',
    changes: { objects: [known, later], missing: [volume], unknown: [volume] },
    difference: {
      difference: 'diverged',
      reason: 'container c was created by operation after, which is not in the store',
    },
  },
  {
    title: 'a missing object counts before an unknown one',
    changes: { missing: [volume], unknown: [known] },
    difference: { difference: 'missing', reason: 'volume other does not exist' },
  },
  {
    title: 'an object on no record is a difference',
    changes: { unknown: [volume] },
    difference: { difference: 'unknown_object', reason: 'volume other is on no record' },
  },
])('$title (M54)', ({ changes, difference }) => {
  expect(differenceOf({ ...same, ...changes })).toEqual(difference);
});

test.each<{ title: string; hosts: HostDifferences[]; standing: string; reason: string | null }>([
  { title: 'no host', hosts: [], standing: 'same', reason: null },
  { title: 'a host without a difference of it', hosts: [found('other', 'diverged')], standing: 'same', reason: null },
  { title: 'a host not compared', hosts: [new Map(), null], standing: 'not_compared', reason: null },
  {
    title: 'a host not compared, and a missing object',
    hosts: [found('db', 'missing'), null],
    standing: 'not_compared',
    reason: null,
  },
  {
    title: 'a host not compared, and one that diverged',
    hosts: [null, found('db', 'diverged')],
    standing: 'diverged',
    reason: 'why diverged',
  },
  {
    title: 'an unknown and a missing object',
    hosts: [found('db', 'unknown_object'), found('db', 'missing')],
    standing: 'missing',
    reason: 'why missing',
  },
  {
    title: 'an unknown object',
    hosts: [found('db', 'unknown_object'), new Map()],
    standing: 'unknown_object',
    reason: 'why unknown_object',
  },
])('$title: the database is $standing (M54)', ({ hosts, standing, reason }) => {
  expect(standingOf('db', hosts)).toEqual({ standing, reason });
});

function found(databaseId: string, difference: 'diverged' | 'missing' | 'unknown_object'): HostDifferences {
  return new Map([[databaseId, { difference, reason: `why ${difference}` }]]);
}
